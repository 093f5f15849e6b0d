import { Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import type { KeyInput } from '../../apps/configs/keys.js';
import { refuseProblems } from '../../apps/problems.js';
import { type Decomposed, decompose, objectsIn } from '../../apps/templates/decompose/decompose.js';
import { chartNamed, filesOfArchive, keysOfChart, openSecrets } from '../../apps/templates/sources/chart.js';
import { templateFromFolder } from '../../apps/templates/sources/folder.js';
import { portable, templateFromObjects } from '../../apps/templates/sources/objects.js';
import { messageOf } from '../../core/errors.js';
import { TemplateError } from '../../engine/index.js';
import type { KubeClient } from '../../kube/client.js';
import { isNotFound } from '../../kube/kube-error.js';
import type { KubeObject, Resource } from '../../kube/types.js';
import { clusterNamespace } from '../../model/names.js';
import type { TemplateFile, TemplateSource } from '../../model/template.js';
import { HostedService } from '../clusters/hosted.service.js';
import { Views } from '../views.js';
import type { Origin } from './template-schemas.js';

export interface Imported extends Decomposed {
  source: TemplateSource;
  /** What a config for it begins with. */
  keys: KeyInput[];
}

/** Kinds of a namespace that describe an application. */
const LIVE: readonly { apiVersion: string; kind: string }[] = [
  ...['ConfigMap', 'Secret', 'Service', 'ServiceAccount', 'PersistentVolumeClaim', 'Pod'].map((kind) => ({
    apiVersion: 'v1',
    kind,
  })),
  ...['Deployment', 'StatefulSet', 'DaemonSet'].map((kind) => ({ apiVersion: 'apps/v1', kind })),
  ...['Job', 'CronJob'].map((kind) => ({ apiVersion: 'batch/v1', kind })),
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  ...['Ingress', 'NetworkPolicy'].map((kind) => ({ apiVersion: 'networking.k8s.io/v1', kind })),
  ...['Role', 'RoleBinding'].map((kind) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind })),
];

/** Makes the content of a template of whatever it comes from. */
@Injectable()
export class TemplateImport {
  constructor(
    private readonly views: Views,
    private readonly hosted: HostedService,
  ) {}

  /** Throws ImportInvalid (422), Forbidden (403), ClusterNotFound (404), HostedClusterUnavailable (503). */
  async read(caller: Identity, name: string, origin: Origin): Promise<Imported> {
    if (origin.type === 'Namespace') {
      const objects = await this.#live(caller, origin);
      const source = { type: origin.type, name: `${origin.cluster}/${origin.namespace}` } as const;
      return checked(() => ({ ...fromObjects(name, objects), source }));
    }
    return checked(() => {
      if (origin.type === 'Manifests') {
        return { ...fromObjects(name, objectsIn(origin.text)), source: { type: origin.type } };
      }
      return this.chart(name, origin);
    });
  }

  chart(name: string, origin: Extract<Origin, { type: 'Folder' | 'Chart' }>): Imported {
    return checked(() => {
      const files =
        origin.type === 'Chart' ? filesOfArchive(Buffer.from(origin.archive, 'base64')) : origin.files;
      const decomposed = templateFromFolder(name, files);
      const keys = keysOfChart(decomposed.content.files);
      const notices = [...decomposed.notices, ...openSecrets(files, keys)];
      return { ...decomposed, notices, source: sourceOf(origin.type, files), keys };
    });
  }

  async #live(
    caller: Identity,
    { cluster, namespace }: Extract<Origin, { type: 'Namespace' }>,
  ): Promise<KubeObject[]> {
    const found = await this.views.clusters.read({ namespace: clusterNamespace(cluster), name: cluster });
    // Berth may read everything there, so what the caller may is asked first.
    authorize(caller, 'get', { resource: 'clusters/objects', name: cluster, tenant: found.spec.tenant });
    return this.hosted.within(found, async (client) => {
      const lists = await Promise.all(LIVE.map((kind) => listOf(client, kind, namespace)));
      return lists.flat().flatMap((object) => portable(object) ?? []);
    });
  }
}

function fromObjects(name: string, objects: readonly KubeObject[]): Omit<Imported, 'source'> {
  const { files, keys } = templateFromObjects(name, objects);
  return { ...decompose(files, keys), keys };
}

function sourceOf(type: 'Folder' | 'Chart', files: readonly TemplateFile[]): TemplateSource {
  if (!files.some(({ path }) => path === 'Chart.yaml')) return { type };
  return { type: 'Chart', ...chartNamed(files) };
}

/** The engine's errors as problems of the import. */
function checked<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TemplateError) && !isYamlError(error)) throw error;
    const [path, code] =
      error instanceof TemplateError ? [error.file ?? 'chart', error.code] : ['text', 'Unreadable'];
    refuseProblems('ImportInvalid', [{ path, message: messageOf(error), code }]);
    throw error;
  }
}

function isYamlError(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('error converting YAML to JSON');
}

async function listOf(
  client: KubeClient,
  kind: { apiVersion: string; kind: string },
  namespace: string,
): Promise<KubeObject[]> {
  try {
    const resource: Resource = await client.discovery.resourceOf(kind);
    return (await client.list(resource, { namespace })).items;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
