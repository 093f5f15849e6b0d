/** Reading the sides of a service: what is drafted, what some release published, what is live. */
import { Inject, Injectable } from '@nestjs/common';
import { draftInputs, factsOf, objectsOf, prepareService, recordsAfter } from '../../apps/releases/drafts.js';
import { impactOf, type ServiceImpact } from '../../apps/releases/impact.js';
import { manifestText, textDiff } from '../../apps/releases/manifest-text.js';
import { fieldManager } from '../../apps/releases/ownership.js';
import { identityOf, stamped } from '../../apps/releases/prepare.js';
import type { InstanceHistory } from '../../apps/releases/publishing.js';
import { redactorOf } from '../../apps/releases/redaction.js';
import type { Renderer } from '../../apps/releases/rendering.js';
import { publishedOf } from '../../apps/instances/service-state.js';
import { BerthError, messageOf } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import { isNotFound } from '../../kube/kube-error.js';
import type { KubeObject } from '../../kube/types.js';
import type { Cluster } from '../../model/cluster.js';
import type { Release } from '../../model/release.js';
import { HostedService } from '../clusters/hosted.service.js';
import { RENDERER } from '../tokens.js';
import type { DiffAnswer, ImpactAnswer, ManifestAnswer } from './instance-schemas.js';

/** `draft`, `published`, `live`, or a revision. */
type Side = string;
type ImpactEntry = ImpactAnswer['services'][number];

@Injectable()
export class InstanceDrafts {
  constructor(
    private readonly hosted: HostedService,
    @Inject(RENDERER) private readonly renderer: Renderer,
  ) {}

  async manifest(
    history: InstanceHistory,
    cluster: Cluster,
    service: string,
    view: Side,
  ): Promise<ManifestAnswer> {
    const redact = await redactorOf(this.renderer, history, revisionsOf(history, service, [view]));
    const objects =
      view === 'live'
        ? await this.hosted.within(cluster, (client) => this.#live(client, history, service))
        : await this.#stored(history, service, view);
    return { service, view, manifest: manifestText(objects, redact) };
  }

  /** Beside live objects, the other side is what the cluster would make of it: defaults are no difference. */
  async diff(
    history: InstanceHistory,
    cluster: Cluster,
    service: string,
    { from, to }: { from: Side; to: Side },
  ): Promise<DiffAnswer> {
    const redact = await redactorOf(this.renderer, history, revisionsOf(history, service, [from, to]));
    const read = async (side: Side): Promise<KubeObject[]> => {
      if (side === 'live') {
        return this.hosted.within(cluster, (client) => this.#live(client, history, service));
      }
      const objects = await this.#stored(history, service, side);
      if (from !== 'live' && to !== 'live') return objects;
      return this.hosted.within(cluster, (client) => asStored(client, history, service, objects));
    };
    const [before, after] = await Promise.all([read(from), read(to)]);
    const texts = [sorted(before), sorted(after)].map((objects) => manifestText(objects, redact));
    const diff = textDiff(texts[0] ?? '', texts[1] ?? '', [`${service} ${from}`, `${service} ${to}`]);
    return { service, from, to, diff };
  }

  /** What publishing the draft would change; with `check`, what the cluster would refuse of it. */
  async impact(history: InstanceHistory, cluster: Cluster, check: boolean): Promise<ImpactAnswer> {
    const { instance, tenant, releases } = history;
    const order = await this.renderer.services(tenant, instance.spec.template);
    const left = [...releases.keys()].filter((name) => !order.some((known) => known.name === name));
    const services = await Promise.all(
      [...order.map(({ name }) => name), ...left].map((name) => this.#impactOf(history, name)),
    );
    if (!check) return { services };
    const checked = await this.hosted.within(cluster, (client) =>
      Promise.all(services.map((one) => this.#checked(client, history, one))),
    );
    return { services: checked };
  }

  async #impactOf(history: InstanceHistory, service: string): Promise<ImpactEntry> {
    const published = standing(history, service);
    try {
      const { prepared } = await this.#draft(history, service);
      return { ...impactOf(service, published?.spec.objects ?? [], prepared), refused: [] };
    } catch (error) {
      if (!(error instanceof BerthError) || error.status >= 500) throw error;
      const nothing: ServiceImpact = { service, objects: [], restarts: [], reloads: [] };
      return { ...nothing, refused: [], error: messageOf(error) };
    }
  }

  async #checked(client: KubeClient, history: InstanceHistory, impact: ImpactEntry): Promise<ImpactEntry> {
    const changed = impact.objects.filter(({ change }) => change !== 'Delete');
    if (impact.error !== undefined || changed.length === 0) return impact;
    const { objects } = await this.#stampedDraft(history, impact.service);
    const asked = objects.filter(({ kind, metadata }) =>
      changed.some((one) => one.kind === kind && one.name === metadata.name),
    );
    const refused = await Promise.all(
      asked.map((object) => refusal(client, history, impact.service, object)),
    );
    // API servers quote the values that they refuse.
    const redact = await redactorOf(this.renderer, history);
    return { ...impact, refused: refused.flat().map((one) => ({ ...one, message: redact(one.message) })) };
  }

  async #stored(history: InstanceHistory, service: string, side: Side): Promise<KubeObject[]> {
    if (side === 'draft') return (await this.#stampedDraft(history, service)).objects;
    const release = side === 'published' ? standing(history, service) : revisionOf(history, service, side);
    return release ? objectsOf(this.renderer, factsOf(history.instance, history.tenant), release) : [];
  }

  async #stampedDraft(history: InstanceHistory, service: string): Promise<{ objects: KubeObject[] }> {
    const { prepared } = await this.#draft(history, service);
    const last = history.releases.get(service)?.at(-1);
    return { objects: stamped(prepared.objects, recordsAfter(prepared, last)) };
  }

  #draft({ instance, tenant, releases }: InstanceHistory, service: string) {
    const inputs = draftInputs(instance, service, releases.get(service)?.at(-1)?.spec.inputs);
    return prepareService(this.renderer, factsOf(instance, tenant), service, inputs);
  }

  async #live(client: KubeClient, history: InstanceHistory, service: string): Promise<KubeObject[]> {
    const inventory = standing(history, service)?.status?.inventory ?? [];
    const found = await Promise.all(
      inventory.map(async (entry) => client.find(await client.discovery.resourceOf(entry), entry)),
    );
    return found.filter((object) => object !== undefined);
  }
}

function standing({ releases }: InstanceHistory, service: string): Release | undefined {
  const published = publishedOf(releases.get(service) ?? []);
  return published?.spec.action === 'Undeploy' ? undefined : published;
}

/** The releases among the sides that are revisions. */
function revisionsOf(history: InstanceHistory, service: string, sides: readonly Side[]): Release[] {
  return sides.filter((side) => /^\d+$/.test(side)).map((side) => revisionOf(history, service, side));
}

function revisionOf({ releases }: InstanceHistory, service: string, side: Side): Release {
  const found = releases.get(service)?.find(({ spec }) => spec.revision === Number(side));
  if (found) return found;
  throw new BerthError('RevisionNotFound', `Service "${service}" has no release ${side}.`, {
    status: 404,
    next: 'List its releases: berth release list.',
  });
}

/** The objects as the cluster would store them; as they are where it would not. */
async function asStored(
  client: KubeClient,
  { instance }: InstanceHistory,
  service: string,
  objects: readonly KubeObject[],
): Promise<KubeObject[]> {
  const manager = fieldManager({ instance: instance.metadata.name, service });
  return Promise.all(
    objects.map((object) =>
      client.apply(object, { fieldManager: manager, dryRun: true, force: true }).catch(unlessRefused(object)),
    ),
  );
}

const unlessRefused = (object: KubeObject) => (error: unknown) => {
  if (!(error instanceof BerthError) || error.transient) throw error;
  return object;
};

async function refusal(
  client: KubeClient,
  { instance }: InstanceHistory,
  service: string,
  object: KubeObject,
): Promise<{ kind: string; name: string; message: string }[]> {
  const manager = fieldManager({ instance: instance.metadata.name, service });
  try {
    await client.apply(object, { fieldManager: manager, dryRun: true, force: false });
    return [];
  } catch (error) {
    // The namespace, and what a CRD of the same release defines, come with the release.
    if (isNotFound(error)) return [];
    if (!(error instanceof BerthError) || (error.transient && error.code !== 'UnknownKind')) throw error;
    return [{ kind: object.kind, name: object.metadata.name, message: error.message }];
  }
}

function sorted(objects: readonly KubeObject[]): KubeObject[] {
  const key = ({ apiVersion, kind, metadata }: KubeObject) =>
    identityOf({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name });
  return objects.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
