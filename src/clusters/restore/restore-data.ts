import { createReadStream } from 'node:fs';
import { podTrouble } from '../../control-plane/status.js';
import { restorePod, restorePodName, revisionOfPod } from '../../backup/restore-pod.js';
import { feedStdin } from '../../kube/attach.js';
import { resources } from '../../kube/resources.js';
import { goOn, stop, type StepResult, wait } from '../../kube/steps.js';
import { berthResources } from '../../model/kinds.js';
import { labels } from '../../model/names.js';
import { type ClusterScope, type ClusterStep, withLabels } from '../scope.js';
import { applyShared } from '../steps/apply-masters.js';
import { ensureClaims } from './claims.js';
import { transferMs } from './deadline.js';
import {
  hasArrived,
  haveArrived,
  isRestored,
  isRunning,
  isSwapping,
  jobPrefix,
  membersOf,
  RESTORE_DATA,
  restoreOperation,
  type RestorePod,
  restorePods,
  SEND_SNAPSHOT,
  statusOf,
} from './restore-scope.js';

/** More than any cluster writes between two restores. */
const REVISION_GAP = 1_000_000_000;
const FEED_AGAIN_MS = 2_000;
const WORD_MS = 60_000;

/** Every member has the snapshot beside its own data. Until this is on record, giving up leaves everything as it was. */
export const sendSnapshot: ClusterStep = {
  name: SEND_SNAPSHOT,
  async run(scope) {
    if (isRestored(scope) || isSwapping(scope)) return goOn;
    // What its watches told is of the data that goes: what is to be in the cluster is compared with what comes.
    await scope.services.hosted.close(scope.name);
    // An imported cluster has nothing yet.
    await applyShared(scope);
    return deliver(scope);
  },
};

/** All members are told to swap, and do. */
export const restoreData: ClusterStep = {
  name: RESTORE_DATA,
  async run(scope) {
    if (isRestored(scope)) return goOn;
    if (!isSwapping(scope)) return wait('SwappingData', 'all members have the snapshot');
    // A pod that was lost is made again: its member must not stay the only one with the old data.
    const result = await deliver(scope);
    if (result.kind !== 'continue') return result;
    for (const pod of restorePods(scope)) if (pod && isRunning(pod, 'commit')) feed(scope, pod, 'commit');
    return wait('SwappingData', 'the members swap their data for the snapshot');
  },
};

async function deliver(scope: ClusterScope): Promise<StepResult> {
  await ensureClaims(scope, membersOf(scope).members);
  await ensurePods(scope);
  const pods = restorePods(scope);
  const broken = pods.find((pod) => pod?.status?.phase === 'Failed');
  if (broken) return makeAgain(scope, broken);
  for (const pod of pods) if (pod && isRunning(pod, 'receive')) feed(scope, pod, 'receive');
  if (haveArrived(pods)) return goOn;
  const arrived = pods.filter((pod) => pod && hasArrived(pod)).length;
  const trouble = pods.flatMap((pod) => (pod && podTrouble(pod)) ?? []);
  const message = [
    `${arrived} of ${pods.length} members have the snapshot`,
    ...trouble.map((one) => one.message),
  ];
  return wait(trouble[0]?.reason ?? 'RestoringData', message.join('; '));
}

async function ensurePods(scope: ClusterScope): Promise<void> {
  const { members } = membersOf(scope);
  const { name: operation } = restoreOperation(scope).metadata;
  for (const member of members) {
    const present = scope.find(resources.Pod, restorePodName(member));
    if (present?.metadata.labels?.[labels.restore] === operation) continue;
    if (present) {
      await scope.services.client.delete(resources.Pod, present.metadata, { gracePeriodSeconds: 0 });
      continue;
    }
    await createPod(scope, member);
  }
}

async function createPod(scope: ClusterScope, member: string): Promise<void> {
  const { cluster, namespace, services, snapshot } = scope;
  const { members, image: etcdImage } = membersOf(scope);
  if (!snapshot) throw new Error('the snapshot is not here');
  const { sizeBytes: bytes, revision: snapshotRevision } = snapshot.facts;
  const pod = restorePod({
    namespace,
    operation: restoreOperation(scope).metadata.name,
    members,
    member,
    etcdImage,
    transferImage: services.installation.backup.transferImage,
    bytes,
    revision: nextRevision(scope, snapshotRevision),
    snapshotRevision,
  });
  await services.client.create(withLabels(pod, cluster));
}

/** The same for all members, also for one whose pod is made again. */
function nextRevision(scope: ClusterScope, snapshotRevision: number): number {
  const known = restorePods(scope).find((pod) => pod !== undefined);
  if (known) return revisionOfPod(known);
  return Math.max(snapshotRevision, lastRevision(scope)) + REVISION_GAP;
}

/** The highest revision that clients of this cluster may have seen, as far as anybody wrote it down. */
function lastRevision(scope: ClusterScope): number {
  const backups = scope.services.world.list(berthResources.Backup, scope.namespace);
  return Math.max(
    scope.status.restored?.revision ?? 0,
    ...backups.map(({ status }) => status?.revision ?? 0),
  );
}

/**
 * A container takes its input once: one that was cut off ends, and its pod is made again. One that was not reached still
 * waits for it.
 */
function feed(scope: ClusterScope, pod: RestorePod, container: 'receive' | 'commit'): void {
  const { jobs, client, requeue, clock, log } = scope.services;
  const path = scope.snapshot?.path ?? '';
  const source = (): AsyncIterable<Uint8Array> =>
    container === 'receive' ? createReadStream(path, { highWaterMark: 256 * 1024 }) : word('commit\n');
  const limitMs = container === 'receive' ? transferMs(scope.snapshot?.facts.sizeBytes ?? 0) : WORD_MS;
  const work = (forgotten: AbortSignal) => {
    const signal = AbortSignal.any([forgotten, AbortSignal.timeout(limitMs)]);
    return feedStdin(client, pod.metadata, { container, source: source(), signal });
  };
  const job = jobs.pollAgain(feedJob(scope, pod, container), work, () => requeue(scope.name));
  if (job.state !== 'failed') return;
  log.warn({ pod: pod.metadata.name, error: job.error }, 'feeding failed');
  scope.lookAgainAt(clock.now() + FEED_AGAIN_MS);
}

function feedJob(scope: ClusterScope, pod: RestorePod, container: string): string {
  return `${jobPrefix(scope)}${container} ${pod.metadata.uid}`;
}

async function* word(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** Before any member may have swapped, the operation ends here; after that there is no way back. */
async function makeAgain(scope: ClusterScope, broken: RestorePod): Promise<StepResult> {
  const message = `${broken.metadata.name}: ${whyOf(broken)}`;
  await scope.services.client.delete(resources.Pod, broken.metadata, { gracePeriodSeconds: 0 });
  return isSwapping(scope) || wasCutOff(scope, broken)
    ? wait('RestoringAgain', message)
    : stop('RestoreFailed', message);
}

/** It got less than it was to get: the process that fed it ended, or the connection did. */
function wasCutOff(scope: ClusterScope, pod: RestorePod): boolean {
  const received = statusOf(pod, 'receive')?.state?.terminated?.exitCode === 0;
  return received && !scope.services.jobs.isDone(feedJob(scope, pod, 'receive'));
}

function whyOf(pod: RestorePod): string {
  const all = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const failed = all.find(({ state }) => state?.terminated && state.terminated.exitCode !== 0);
  const { message, reason, exitCode } = failed?.state?.terminated ?? {};
  return (message ?? reason ?? pod.status?.message ?? `exit code ${exitCode}`).trim().slice(-500);
}
