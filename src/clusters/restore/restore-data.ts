import { createReadStream } from 'node:fs';
import type { V1ContainerStatus } from '@kubernetes/client-node';
import { restorePod, restorePodName } from '../../backup/restore-pod.js';
import { feedStdin } from '../../kube/attach.js';
import { resources } from '../../kube/resources.js';
import { goOn, stop, type StepResult, wait } from '../../kube/steps.js';
import type { Json } from '../../kube/types.js';
import { berthResources } from '../../model/kinds.js';
import { labels } from '../../model/names.js';
import { type ClusterScope, type ClusterStep, withLabels } from '../scope.js';
import { applyShared } from '../steps/apply-masters.js';
import { ensureClaims } from './claims.js';
import {
  isRestored,
  jobPrefix,
  membersOf,
  RESTORE_DATA,
  restoreOperation,
  type RestorePod,
  restorePods,
} from './restore-scope.js';

/** More than any cluster writes between two restores. */
const REVISION_GAP = 1_000_000_000;
const FEED_AGAIN_MS = 2_000;

/**
 * The snapshot in the volumes of all members, in two halves: first every member has it beside its own data, then all
 * are told to swap. Until the first is told, giving up leaves everything as it was.
 */
export const restoreData: ClusterStep = {
  name: RESTORE_DATA,
  async run(scope) {
    if (isRestored(scope)) return goOn;
    // What its watches told is of the data that goes: what is to be in the cluster is compared with what comes.
    await scope.services.hosted.close(scope.name);
    // An imported cluster has nothing yet.
    await applyShared(scope);
    await ensureClaims(scope, membersOf(scope).members);
    await ensurePods(scope);
    const pods = restorePods(scope);
    const broken = pods.find((pod) => pod?.status?.phase === 'Failed');
    if (broken) return giveUpOn(scope, broken, pods);
    await feedAll(scope, pods);
    return progressOf(scope, pods);
  },
};

function progressOf(scope: ClusterScope, pods: readonly (RestorePod | undefined)[]): StepResult {
  const arrived = pods.filter(
    (pod) => pod && (isRunning(pod, 'commit') || pod.status?.phase === 'Succeeded'),
  );
  if (arrived.length < pods.length) {
    return wait('RestoringData', `${arrived.length} of ${pods.length} members have the snapshot`);
  }
  for (const pod of pods) if (pod && isRunning(pod, 'commit')) feed(scope, pod, 'commit');
  return wait('SwappingData', 'the members swap their data for the snapshot');
}

async function ensurePods(scope: ClusterScope): Promise<void> {
  const { members, image: etcdImage } = membersOf(scope);
  const { name: operation } = restoreOperation(scope).metadata;
  const { facts } = scope.snapshot ?? {};
  if (!facts) throw new Error('the snapshot is not here');
  const { transferImage } = scope.services.installation.backup;
  const revision = Math.max(facts.revision, lastRevision(scope)) + REVISION_GAP;
  for (const member of members) {
    const present = scope.find(resources.Pod, restorePodName(member));
    if (present?.metadata.labels?.[labels.restore] === operation) continue;
    if (present) {
      await scope.services.client.delete(resources.Pod, present.metadata, { gracePeriodSeconds: 0 });
      continue;
    }
    const { namespace } = scope;
    const bytes = facts.sizeBytes;
    const pod = restorePod({
      namespace,
      operation,
      members,
      member,
      etcdImage,
      transferImage,
      bytes,
      revision,
      snapshotRevision: facts.revision,
    });
    await scope.services.client.create(withLabels(pod, scope.cluster));
  }
}

/** The highest revision that clients of this cluster may have seen, as far as anybody wrote it down. */
function lastRevision(scope: ClusterScope): number {
  const backups = scope.services.world.list(berthResources.Backup, scope.namespace);
  return Math.max(
    scope.status.restored?.revision ?? 0,
    ...backups.map(({ status }) => status?.revision ?? 0),
  );
}

async function feedAll(scope: ClusterScope, pods: readonly (RestorePod | undefined)[]): Promise<void> {
  for (const pod of pods) if (pod && isRunning(pod, 'receive')) feed(scope, pod, 'receive');
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
  const work = () => feedStdin(client, pod.metadata, container, source());
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

/** Before any member swapped, the operation ends here; after that there is no way back and the pod is made again. */
async function giveUpOn(
  scope: ClusterScope,
  broken: RestorePod,
  pods: readonly (RestorePod | undefined)[],
): Promise<StepResult> {
  const swapped = pods.some((pod) => pod && (pod.status?.phase === 'Succeeded' || hasEnded(pod, 'commit')));
  const message = `${broken.metadata.name}: ${whyOf(broken)}`;
  await scope.services.client.delete(resources.Pod, broken.metadata, { gracePeriodSeconds: 0 });
  return swapped || wasCutOff(scope, broken)
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

function statusOf({ status }: RestorePod, container: string): Json<V1ContainerStatus> | undefined {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.find(({ name }) => name === container);
}

function isRunning(pod: RestorePod, container: string): boolean {
  return statusOf(pod, container)?.state?.running !== undefined;
}

function hasEnded(pod: RestorePod, container: string): boolean {
  return statusOf(pod, container)?.state?.terminated !== undefined;
}
