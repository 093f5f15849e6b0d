/** What a target cluster says of rendered objects: kinds it does not know, objects it would refuse. */
import { BerthError, type FieldProblem, messageOf } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import { resources } from '../../kube/resources.js';
import type { KubeObject } from '../../kube/types.js';
import type { TemplateContent } from '../../model/template.js';
import type { ConfigValues } from '../configs/values.js';
import { chartOf } from './chart-of.js';
import type { Finding } from './checks.js';
import { redact, type RenderedService, renderService, secretTexts } from './render.js';

const NOTHING: ConfigValues = { config: '', version: 0, keys: [] };

/** Renders every service with a config, or with nothing but the template's own values. Gives what fails, with its place. */
export function rehearse(
  content: TemplateContent,
  config: ConfigValues = NOTHING,
  release: { name: string; namespace: string } = { name: 'check', namespace: 'default' },
): { rendered: RenderedService[]; findings: Finding[] } {
  const rendered: RenderedService[] = [];
  const findings: Finding[] = [];
  const secrets = secretTexts(config);
  const prefix = `${chartOf(content).name}/`;
  for (const { name } of content.services) {
    try {
      rendered.push(renderService(content, name, config, { release, seed: 'check', now: 0 }));
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      const problems: FieldProblem[] = error.fields ?? [
        { path: name, message: error.message, code: error.code },
      ];
      findings.push(
        ...problems.map(({ path, message, code }) => ({
          path: path.replace(prefix, ''),
          message: redact(message, secrets),
          code,
          severity: 'error' as const,
        })),
      );
    }
  }
  return { rendered, findings };
}

/** Asks the cluster for a dry run of every object, in the namespace or, when that is not there yet, in `default`. */
export async function checkOnTarget(
  client: KubeClient,
  services: readonly RenderedService[],
  namespace: string,
  config: ConfigValues = NOTHING,
): Promise<Finding[]> {
  const exists = await client.find(resources.Namespace, { name: namespace });
  const at = exists ? namespace : 'default';
  const own = new Set(services.flatMap(({ objects }) => objects.flatMap(definedKind)));
  const secrets = secretTexts(config);
  const findings: Finding[] = [];
  for (const { service, objects } of services) {
    for (const object of objects.filter((one) => !own.has(`${one.apiVersion.split('/')[0]} ${one.kind}`))) {
      const finding = await refusalOf(client, object, at);
      const path = `services.${service}: ${object.kind} ${object.metadata.name}`;
      if (finding)
        findings.push({ ...finding, path, message: redact(finding.message, secrets), severity: 'error' });
    }
  }
  return findings;
}

/** The kind a CustomResourceDefinition of the template brings along. */
function definedKind({ kind, spec }: KubeObject): string[] {
  if (kind !== 'CustomResourceDefinition') return [];
  const { group, names } = spec as { group: string; names: { kind: string } };
  return [`${group} ${names.kind}`];
}

async function refusalOf(
  client: KubeClient,
  object: KubeObject,
  namespace: string,
): Promise<FieldProblem | undefined> {
  try {
    const { namespaced } = await client.discovery.resourceOf(object);
    const metadata = namespaced ? { ...object.metadata, namespace } : object.metadata;
    await client.apply({ ...object, metadata }, { fieldManager: 'berth-check', dryRun: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    if (error.code === 'UnknownKind') return { path: '', message: messageOf(error), code: 'UnknownKind' };
    if (error.transient) throw error;
    const said = error.fields?.map(({ path, message }) => `${path}: ${message}`).join('; ');
    return { path: '', message: said || messageOf(error), code: 'RefusedByCluster' };
  }
}
