/** The state of one service of an instance, from its releases and the live objects. Pure. */
import type { KubeObject } from '../../kube/types.js';
import type { Drift, ServiceDraft, ServiceStatus } from '../../model/instance.js';
import type { InventoryEntry, Release } from '../../model/release.js';
import { ownFieldsDigest, type ServiceRef } from '../releases/ownership.js';
import { type Health, type HealthFacts, healthOf } from './health.js';

export interface ServiceEvidence {
  ref: ServiceRef;
  draft?: ServiceDraft;
  /** In the order of their revisions. */
  releases: readonly Release[];
  find: (entry: InventoryEntry) => KubeObject | undefined;
  facts: HealthFacts;
  before?: ServiceStatus;
}

/** The release that is in the cluster: the last one that got to its end. */
export function publishedOf(releases: readonly Release[]): Release | undefined {
  return releases.findLast(({ status }) => status?.phase === 'Published');
}

/** The release to be worked on: the oldest one that has not ended. */
export function pendingOf(releases: readonly Release[]): Release | undefined {
  return releases.find(({ status }) => status?.phase !== 'Published' && status?.phase !== 'Failed');
}

export function serviceStatus(evidence: ServiceEvidence): ServiceStatus {
  const { releases, before } = evidence;
  const last = publishedOf(releases);
  const published = last?.spec.action === 'Undeploy' ? undefined : last;
  const objects = published ? objectsOf(published, evidence) : [];
  const drift = objects.flatMap(({ entry, live }) => driftOf(entry, live, evidence.ref));
  const judged = judge(evidence, published, objects, drift);
  const settled = judged.state === 'Deployed' ? published?.spec.revision : before?.settled;
  const status = {
    ...judged,
    revision: last?.spec.revision,
    pending: pendingOf(releases)?.spec.revision,
    ...(published && versionsOf(published)),
    settled,
    drift: drift.length > 0 ? drift.slice(0, 50) : undefined,
  };
  return withoutUndefined(status);
}

function withoutUndefined(status: ServiceStatus): ServiceStatus {
  const known = Object.entries(status).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as ServiceStatus;
}

interface Found {
  entry: InventoryEntry;
  live: KubeObject | undefined;
}

type Judged = Pick<ServiceStatus, 'state' | 'reason' | 'message'>;

function judge(
  { draft, releases, facts, before }: ServiceEvidence,
  published: Release | undefined,
  objects: readonly Found[],
  drift: readonly Drift[],
): Judged {
  if (draft?.paused) return { state: 'Paused', reason: 'Paused', message: 'publishing is paused' };
  const pending = pendingOf(releases);
  if (pending) return inProgress(pending);
  const last = releases.at(-1);
  if (last?.status?.phase === 'Failed' && last.status.reason !== 'Superseded') {
    return { state: 'Failed', reason: last.status.reason, message: last.status.message };
  }
  if (!published) return { state: 'NotDeployed' };
  return running(objects, drift, facts, before?.settled === published.spec.revision);
}

function inProgress({ spec, status }: Release): Judged {
  const what = spec.action === 'Undeploy' ? 'Undeploying' : 'Publishing';
  const { reason = what, message = `revision ${spec.revision} is being published` } = status ?? {};
  return { state: 'Deploying', reason, message };
}

function running(
  objects: readonly Found[],
  drift: readonly Drift[],
  facts: HealthFacts,
  hasSettled: boolean,
): Judged {
  const judged = objects.flatMap(({ live }) => (live ? [{ live, health: healthOf(live, facts) }] : []));
  const failed = judged.find(({ health }) => health.state === 'Failed');
  if (failed) return { state: hasSettled ? 'Degraded' : 'Failed', ...textOf('Unhealthy', failed) };
  const [first] = drift;
  if (first) return { state: 'Drifted', reason: first.change, message: driftText(drift) };
  const paused = judged.find(({ health }) => health.state === 'Paused');
  if (paused) return { state: 'Paused', ...textOf('RolloutPaused', paused) };
  const open = judged.filter(({ health }) => health.state !== 'Current');
  const [worst] = open;
  if (!worst) return { state: 'Deployed' };
  if (!hasSettled) return { state: 'Deploying', ...textOf('Starting', worst) };
  // A workload that grows, or loses one pod of many, serves on.
  const down = open.find(({ live }) => !isAvailable(live));
  return down ? { state: 'Degraded', ...textOf('Unavailable', down) } : { state: 'Deployed' };
}

function textOf(reason: string, { live, health }: { live: KubeObject; health: Health }) {
  return { reason, message: `${live.kind} ${live.metadata.name}: ${health.message ?? health.state}` };
}

function isAvailable(object: KubeObject): boolean {
  const { conditions = [] } = (object['status'] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === 'Available' && status === 'True');
}

function objectsOf(release: Release, { find }: ServiceEvidence): Found[] {
  const inventory = (release.status?.inventory ?? []).filter(({ kept }) => !kept);
  return inventory.map((entry) => ({ entry, live: find(entry) }));
}

function driftOf(entry: InventoryEntry, live: KubeObject | undefined, ref: ServiceRef): Drift[] {
  const { kind, name } = entry;
  if (!live) return isFleeting(kind) ? [] : [{ kind, name, change: 'Deleted' }];
  if (live.metadata.uid !== entry.uid) return [{ kind, name, change: 'Replaced' }];
  const isSame = entry.fields === undefined || ownFieldsDigest(live, ref) === entry.fields;
  return isSame ? [] : [{ kind, name, change: 'Changed' }];
}

/** Jobs remove themselves when they are told to (ttlSecondsAfterFinished), pods when they are evicted. */
function isFleeting(kind: string): boolean {
  return kind === 'Job' || kind === 'Pod';
}

function driftText(drift: readonly Drift[]): string {
  const shown = drift.slice(0, 3).map(({ kind, name, change }) => `${kind} ${name} ${WORDS[change]}`);
  const more = drift.length > shown.length ? ` and ${drift.length - shown.length} more` : '';
  return `${shown.join(', ')}${more}`;
}

const WORDS: Record<Drift['change'], string> = {
  Changed: 'was changed by others',
  Deleted: 'was deleted by others',
  Replaced: 'was replaced by others',
};

function versionsOf({ spec: { inputs } }: Release) {
  return {
    templateVersion: inputs.template.version,
    ...(inputs.config && { configVersion: inputs.config.version }),
  };
}
