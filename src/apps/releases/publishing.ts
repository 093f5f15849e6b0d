/** Makes releases: what a person, a rollout or a trigger asks for becomes a record that the reconciler works off. */
import { BerthError } from '../../core/errors.js';
import type { Clock } from '../../core/clock.js';
import type { KubeClient } from '../../kube/client.js';
import { isAlreadyExists } from '../../kube/kube-error.js';
import type { Instance } from '../../model/instance.js';
import { berthResources } from '../../model/kinds.js';
import { annotations, API_VERSION, labels } from '../../model/names.js';
import { originOf } from '../../model/origin.js';
import type { Release, ReleaseAction, ReleaseSpec } from '../../model/release.js';
import { wavesOf } from '../instances/dependencies.js';
import { draftInputs, factsOf, prepareService, recordsAfter, releaseName, sameInputs } from './drafts.js';
import { isFinished } from './publisher.js';
import type { Renderer } from './rendering.js';

export interface PublishParts {
  client: Pick<KubeClient, 'create' | 'find'>;
  renderer: Renderer;
  clock: Pick<Clock, 'now'>;
}

export interface PublishRequest {
  action: ReleaseAction;
  /** All services that the action can be about unless told. */
  services?: readonly string[];
  user: string;
  reason?: string;
  rollout?: string;
  conflicts?: ReleaseSpec['conflicts'];
  adopt?: boolean;
  confirm?: readonly string[];
  /** For a rollback: the revision whose content comes back; the one before the published one unless told. */
  revision?: number;
}

export interface PublishResult {
  releases: Release[];
  /** Services that are as they would be published. */
  unchanged: string[];
  /** Services that a rollback holds, and that were not named. */
  held: string[];
}

/** An instance with the releases of each of its services, in the order of the revisions. */
export interface InstanceHistory {
  instance: Instance;
  tenant: string;
  releases: ReadonlyMap<string, readonly Release[]>;
}

/** Releases that somebody else makes at the same moment take a number each. */
const ATTEMPTS = 5;

/**
 * Makes a release of each service for which the action changes something. Every service is rendered before the first
 * release is made: one that cannot be refuses all.
 * @throws BerthError what rendering throws; ServiceNotFound, RevisionNotFound (404), NotDeployed (409)
 */
export async function requestPublish(
  parts: PublishParts,
  history: InstanceHistory,
  request: PublishRequest,
): Promise<PublishResult> {
  return storePublish(parts, history, await planPublish(parts, history, request));
}

/** What a request would make, rendered and checked; nothing of it is there yet. */
export interface PlannedPublish extends Omit<PublishResult, 'releases'> {
  action: ReleaseAction;
  /** What each service that changes would be. */
  wanted: ReadonlyMap<string, Plan>;
}

/** The first half of `requestPublish`, for whoever has something to write down before releases are there. */
export async function planPublish(
  parts: PublishParts,
  history: InstanceHistory,
  request: PublishRequest,
): Promise<PlannedPublish> {
  const { services, held } = await chosenServices(parts, history, request);
  const planned = await Promise.all(services.map((service) => plan(parts, history, service, request)));
  const wanted = new Map(planned.flatMap((spec) => (spec ? [[spec.service, spec]] : [])));
  const unchanged = services.filter((service) => !wanted.has(service));
  return { action: request.action, wanted, held, unchanged };
}

/** The second half of `requestPublish`. */
export async function storePublish(
  parts: PublishParts,
  history: InstanceHistory,
  { action, wanted, held, unchanged }: PlannedPublish,
): Promise<PublishResult> {
  return { releases: await storeAll(parts, history, wanted, action), held, unchanged };
}

async function chosenServices(
  { renderer }: PublishParts,
  { instance, tenant, releases }: InstanceHistory,
  { action, services: named }: PublishRequest,
): Promise<{ services: string[]; held: string[] }> {
  const known = (await renderer.services(tenant, instance.spec.template)).map(({ name }) => name);
  const deployed = [...releases].flatMap(([service, own]) => (isDeployed(own) ? [service] : []));
  if (named) {
    const missing = named.find((service) => !known.includes(service) && !releases.has(service));
    if (missing !== undefined) throw serviceUnknown(missing, known);
    return { services: [...new Set(named)], held: [] };
  }
  if (action !== 'Deploy') return { services: deployed, held: [] };
  const isHeld = (service: string) => instance.spec.services?.[service]?.hold !== undefined;
  return { services: known.filter((service) => !isHeld(service)), held: known.filter(isHeld) };
}

export type Plan = Omit<ReleaseSpec, 'revision'>;

/** What a release of a service would be; undefined when it would change nothing. */
async function plan(
  parts: PublishParts,
  history: InstanceHistory,
  service: string,
  request: PublishRequest,
): Promise<Plan | undefined> {
  const own = history.releases.get(service) ?? [];
  const common = planOf(history, service, request);
  if (request.action === 'Undeploy') return undeployment(history, common, own);
  const { inputs, rollbackOf } = inputsFor(parts, history, service, request);
  const standing = request.action === 'Deploy' ? standingOf(history, service) : undefined;
  if (sameInputs(standing?.inputs, inputs)) return undefined;
  const facts = factsOf(history.instance, history.tenant);
  const { prepared } = await prepareService(parts.renderer, facts, service, inputs);
  if (standing?.digest === prepared.digest) return undefined;
  const cause = { ...common.cause, ...(rollbackOf !== undefined && { rollbackOf }) };
  return { ...common, cause, inputs, digest: prepared.digest, objects: recordsAfter(prepared, own.at(-1)) };
}

function undeployment(
  { instance }: InstanceHistory,
  common: Omit<Plan, 'inputs' | 'digest' | 'objects'>,
  own: readonly Release[],
): Plan | undefined {
  if (!isDeployed(own)) return undefined;
  const inputs = own.at(-1)?.spec.inputs ?? draftInputs(instance, common.service, undefined);
  return { ...common, inputs, digest: '', objects: [] };
}

function planOf(
  { instance }: InstanceHistory,
  service: string,
  { action, user, reason, rollout, conflicts = 'refuse', adopt = false, confirm }: PublishRequest,
) {
  return {
    instance: instance.metadata.name,
    service,
    action,
    conflicts,
    adopt,
    ...(confirm && confirm.length > 0 && { confirm: [...confirm] }),
    cause: {
      user,
      ...(reason !== undefined && { reason }),
      ...(rollout !== undefined && { rollout }),
    },
  };
}

type ChosenInputs = Pick<Plan, 'inputs'> & Pick<Plan['cause'], 'rollbackOf'>;

function inputsFor(
  { clock }: PublishParts,
  { instance, releases }: InstanceHistory,
  service: string,
  { action, revision }: PublishRequest,
): ChosenInputs {
  const own = releases.get(service) ?? [];
  const last = own.at(-1);
  if (action === 'Rollback') return rolledBack(own, service, revision);
  if (action === 'Deploy') return { inputs: draftInputs(instance, service, last?.spec.inputs) };
  if (!last || !isDeployed(own)) throw notDeployed(service);
  if (action === 'Restart') {
    return { inputs: { ...last.spec.inputs, restartedAt: new Date(clock.now()).toISOString() } };
  }
  // Scaling publishes nothing of the draft but the number of pods.
  const { replicas } = instance.spec.services?.[service] ?? {};
  return { inputs: { ...last.spec.inputs, ...(replicas !== undefined && { replicas }) } };
}

/** The inputs of an earlier revision; pods that were restarted since are not put back. */
function rolledBack(own: readonly Release[], service: string, revision?: number): ChosenInputs {
  const target = rollbackTarget(own, service, revision).spec;
  const { restartedAt } = own.at(-1)?.spec.inputs ?? {};
  const inputs = { ...target.inputs, ...(restartedAt !== undefined && { restartedAt }) };
  return { inputs, rollbackOf: target.revision };
}

function rollbackTarget(releases: readonly Release[], service: string, revision?: number): Release {
  const published = releases.filter(
    ({ spec, status }) => status?.phase === 'Published' && spec.action !== 'Undeploy',
  );
  const found =
    revision === undefined
      ? published.findLast(({ spec }) => spec.digest !== published.at(-1)?.spec.digest)
      : releases.find(({ spec }) => spec.revision === revision && spec.action !== 'Undeploy');
  if (found) return found;
  throw new BerthError(
    'RevisionNotFound',
    revision === undefined
      ? `Service "${service}" has no earlier release with other content.`
      : `Service "${service}" has no release ${revision} to go back to.`,
    { status: 404, next: 'List its releases: berth release list CLUSTER --instance INSTANCE.' },
  );
}

/** The newest release when it stands, or is about to, and nobody has changed what it made. */
function standingOf({ instance, releases }: InstanceHistory, service: string): ReleaseSpec | undefined {
  const last = releases.get(service)?.at(-1);
  if (!last || last.spec.action === 'Undeploy' || last.status?.phase === 'Failed') return undefined;
  const hasDrifted = instance.status?.services?.[service]?.drift !== undefined;
  return isFinished(last) && hasDrifted ? undefined : last.spec;
}

/** Whether a service is there, or will be when its releases are through. */
export function isDeployed(releases: readonly Release[]): boolean {
  const last = releases.findLast(({ status }) => status?.phase !== 'Failed');
  return last !== undefined && last.spec.action !== 'Undeploy';
}

/**
 * What is worked off first is made first: whoever sees the release of a service has seen those it waits for, too, and
 * does not take them for something that is not to come.
 */
async function storeAll(
  parts: PublishParts,
  history: InstanceHistory,
  wanted: ReadonlyMap<string, Plan>,
  action: ReleaseAction,
): Promise<Release[]> {
  const { instance, tenant } = history;
  const order = wanted.size > 1 ? await parts.renderer.services(tenant, instance.spec.template) : [];
  const waves = wavesOf([...wanted.keys()], order);
  const releases: Release[] = [];
  for (const wave of action === 'Undeploy' ? waves.toReversed() : waves) {
    const specs = wave.flatMap((service) => wanted.get(service) ?? []);
    releases.push(...(await Promise.all(specs.map((spec) => store(parts, history, spec)))));
  }
  return releases;
}

/** Makes the release with the next free number; a rollout that was broken off finds the one it has made already. */
async function store({ client }: PublishParts, history: InstanceHistory, spec: Plan): Promise<Release> {
  const { instance, tenant, releases } = history;
  let revision = (releases.get(spec.service)?.at(-1)?.spec.revision ?? 0) + 1;
  for (let attempt = 1; ; attempt++, revision++) {
    try {
      return await client.create<Release>(releaseOf(instance, tenant, { ...spec, revision }), {
        fieldManager: 'berth-api',
      });
    } catch (error) {
      if (!isAlreadyExists(error) || attempt === ATTEMPTS) throw error;
      const name = releaseName(instance.metadata, spec.service, revision);
      const found = await client.find(berthResources.Release, { ...instance.metadata, name });
      if (found && isOfSameRollout(found, spec)) return found;
    }
  }
}

function isOfSameRollout({ spec: { cause, digest } }: Release, spec: Plan): boolean {
  return cause.rollout !== undefined && cause.rollout === spec.cause.rollout && digest === spec.digest;
}

function releaseOf(instance: Instance, tenant: string, spec: ReleaseSpec): Release {
  const { name, namespace, uid = '' } = instance.metadata;
  return {
    apiVersion: API_VERSION,
    kind: 'Release',
    metadata: {
      name: releaseName(instance.metadata, spec.service, spec.revision),
      namespace,
      labels: { [labels.tenant]: tenant, [labels.instance]: name, [labels.service]: spec.service },
      annotations: { [annotations.draft]: String(originOf(instance).generation) },
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'Instance', name, uid }],
    },
    spec,
  };
}

function serviceUnknown(service: string, known: readonly string[]): BerthError {
  return new BerthError('ServiceNotFound', `The instance has no service "${service}".`, {
    status: 404,
    fields: [{ path: 'services', message: `there is no service "${service}"` }],
    next: `It has: ${known.join(', ') || 'none'}.`,
  });
}

export function notDeployed(service: string): BerthError {
  return new BerthError('NotDeployed', `Service "${service}" is not deployed.`, {
    status: 409,
    next: 'Deploy it first: berth instance deploy CLUSTER INSTANCE SERVICE.',
  });
}
