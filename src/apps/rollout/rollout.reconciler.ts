import type { Clock } from '../../core/clock.js';
import { stableStringify } from '../../core/digest.js';
import { BerthError, messageOf } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import { isNotFound } from '../../kube/kube-error.js';
import type { ReconcileResult } from '../../kube/runner.js';
import type { Instance } from '../../model/instance.js';
import { berthResources } from '../../model/kinds.js';
import { clusterNamespace } from '../../model/names.js';
import type { Release } from '../../model/release.js';
import type { Rollout, RolloutStatus, RolloutTarget } from '../../model/rollout.js';
import type { AppsWorld } from '../instances/instance-world.js';
import { publishedOf } from '../instances/service-state.js';
import { type PublishRequest, requestPublish } from '../releases/publishing.js';
import type { Renderer } from '../releases/rendering.js';
import { type Cause, draftRevisions } from '../revisions.js';
import { advanced, canGoBack, dueTargets, phaseOf, startStatus, stuck, summarised } from './progress.js';
import { type DraftVersions, versionsAfter, versionsBefore } from './draft-versions.js';

export interface RolloutServices {
  client: KubeClient;
  world: AppsWorld;
  renderer: Renderer;
  clock: Clock;
}

/** A rollout under way is looked at again after this, though events bring it sooner. */
const PERIOD_MS = 1_000;
/** Targets begun in one pass; then the status is written, which brings the next pass. */
const BATCH = 25;
const STALE_MS = 50;
const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Stopped', 'Aborted', 'RolledBack']);

/** Publishes to many instances: some at once, the next when one is through, none once too many have failed. */
export class RolloutReconciler {
  /** Version of each rollout as it was written last: a cache that is behind would begin targets twice. */
  readonly #written = new Map<string, string>();

  constructor(private readonly services: RolloutServices) {}

  /** @param key `namespace/name` of a Rollout. */
  async reconcile(key: string): Promise<ReconcileResult> {
    const rollout = this.services.world.rollouts.get(key);
    if (!rollout || rollout.metadata.deletionTimestamp) return { kind: 'done' };
    if (this.#isBehind(key, rollout)) return { kind: 'requeue', afterMs: STALE_MS };
    const { spec } = rollout;
    const before = rollout.status ?? startStatus(spec, this.#now);
    if (isOver(before, spec.command)) return { kind: 'done' };
    const watched = before.targets.map((target) => this.#watch(rollout, target));
    const status = summarised({ ...before, targets: watched });
    const targets = await this.#step(rollout, status);
    const next = summarised({ ...status, targets });
    const phase = phaseOf(spec, next);
    const finishedAt = ENDED.has(phase) ? (before.finishedAt ?? this.#now.toISOString()) : undefined;
    await this.#write(key, rollout, { ...next, phase, finishedAt });
    const goesOn = phase === 'Running' || phase === 'RollingBack' || watched.some(isUnderWay);
    return goesOn ? { kind: 'requeue', afterMs: PERIOD_MS } : { kind: 'done' };
  }

  /** A target under way, as its releases and services are now. */
  #watch({ spec }: Rollout, target: RolloutTarget): RolloutTarget {
    if (target.phase !== 'Publishing' && target.phase !== 'RollingBack') return target;
    const instance = this.#instance(target);
    const releases = instance ? this.services.world.releasesOf(instance) : new Map<string, Release[]>();
    const { awaitDeployed } = spec.strategy;
    const seen = advanced(target, { instance, releases, awaitDeployed });
    if (target.phase === 'Publishing') return seen;
    if (seen.phase === 'Failed') return stuck(target, seen.message);
    return seen.phase === 'Done' ? { ...seen, phase: 'RolledBack' } : seen;
  }

  async #step(rollout: Rollout, status: RolloutStatus): Promise<RolloutTarget[]> {
    const { command } = rollout.spec;
    const due = dueNow(rollout.spec, status).slice(0, BATCH);
    const begun = await Promise.all(
      due.map((target) =>
        command === 'Run'
          ? attempt(target, failed, () => this.#begin(rollout, target))
          : attempt(target, stuck, () => this.#goBack(rollout, target)),
      ),
    );
    const byTarget = new Map(due.map((target, i) => [target, begun[i] ?? target]));
    return status.targets.map((target) => byTarget.get(target) ?? target);
  }

  async #begin(rollout: Rollout, target: RolloutTarget): Promise<RolloutTarget> {
    const instance = this.#instance(target);
    if (!instance) return { ...target, phase: 'Failed', message: 'there is no such instance' };
    if (this.#isOffline(instance)) {
      if (rollout.spec.strategy.offline === 'Wait') return { ...target, message: 'waits for its cluster' };
      return { ...target, phase: 'Skipped', message: 'its cluster does not answer' };
    }
    const { conflicts, services, cause } = rollout.spec;
    const moved = await this.#move(rollout, instance);
    const request = {
      action: 'Deploy',
      conflicts,
      services,
      ...cause,
      rollout: rollout.metadata.name,
    } as const;
    return this.#publish(moved, target, request, 'Publishing');
  }

  async #goBack(rollout: Rollout, target: RolloutTarget): Promise<RolloutTarget> {
    const found = this.#instance(target);
    if (!found) return { ...target, phase: 'Skipped', message: 'the instance is gone' };
    const { user } = rollout.spec.cause;
    const reason = `rollout ${rollout.metadata.name} is rolled back`;
    // Before what is live: else the next deployment would bring again what is taken back here.
    const earlier = versionsBefore(rollout.spec, found, target, this.services.world.releasesOf(found));
    const instance = await this.#redraft(found, earlier, { user, reason });
    // A service that was not there before stays, and however it fares says nothing of going back.
    let result: RolloutTarget = { ...target, releases: {} };
    for (const [service, revision] of Object.entries(target.before ?? {})) {
      const made = this.#wentBack(instance, service, revision);
      if (made !== undefined) {
        result = { ...result, phase: 'RollingBack', releases: { ...result.releases, [service]: made } };
        continue;
      }
      const request = { action: 'Rollback', services: [service], revision, user, reason } as const;
      result = await this.#publish(instance, result, request, 'RollingBack');
    }
    const isUnchanged = Object.keys(result.releases ?? {}).length === 0;
    return isUnchanged ? { ...target, phase: 'RolledBack' } : { ...result, phase: 'RollingBack' };
  }

  async #publish(
    instance: Instance,
    target: RolloutTarget,
    request: PublishRequest,
    phase: 'Publishing' | 'RollingBack',
  ): Promise<RolloutTarget> {
    const { world, clock } = this.services;
    const releases = world.releasesOf(instance);
    const tenant = world.clusterOf(instance)?.spec.tenant ?? 'default';
    const made = await requestPublish({ ...this.services, clock }, { instance, tenant, releases }, request);
    // What a pass made that was broken off before it wrote its status counts, too.
    const earlier = [...releases.values()]
      .flat()
      .filter(({ spec }) => request.rollout !== undefined && spec.cause.rollout === request.rollout);
    const all = [...earlier, ...made.releases];
    if (all.length === 0) return { ...target, phase: 'Unchanged', message: undefined };
    const before = phase === 'Publishing' ? revisions(all, releases) : target.before;
    const numbers = Object.fromEntries(all.map(({ spec }) => [spec.service, spec.revision]));
    const published = { ...target.releases, ...numbers };
    return { ...target, phase, before, releases: published, message: undefined };
  }

  /** The release that a pass, broken off before it wrote its status, made to go back to a revision. */
  #wentBack(instance: Instance, service: string, revision: number): number | undefined {
    const last = this.services.world.releasesOf(instance).get(service)?.at(-1)?.spec;
    return last?.cause.rollbackOf === revision ? last.revision : undefined;
  }

  /** The instance at the versions the rollout brings. */
  async #move({ metadata, spec }: Rollout, instance: Instance): Promise<Instance> {
    const { user, reason } = spec.cause;
    const why = [`rollout ${metadata.name}`, reason].filter((text) => text !== undefined).join(': ');
    return this.#redraft(instance, versionsAfter(spec, instance), { user, reason: why });
  }

  /** The instance with its draft at other versions, and a record of who moved it and why. */
  async #redraft(instance: Instance, versions: DraftVersions, cause: Cause): Promise<Instance> {
    const { client } = this.services;
    const { template, config } = instance.spec;
    const isThere =
      template.version === versions.template.version && config?.version === versions.config?.version;
    if (isThere) return instance;
    await draftRevisions.recordUnseen(client, instance);
    const changed = await client.patch(berthResources.Instance, instance.metadata, { spec: versions });
    await draftRevisions.record(client, changed, cause);
    return changed;
  }

  #instance({ cluster, instance }: RolloutTarget): Instance | undefined {
    return this.services.world.instances.get({ namespace: clusterNamespace(cluster), name: instance });
  }

  #isOffline(instance: Instance): boolean {
    const cluster = this.services.world.clusterOf(instance);
    const ready = instance.status?.conditions?.find(({ type }) => type === 'Ready');
    return !cluster?.status?.initializedAt || ready?.reason === 'ClusterUnreachable';
  }

  async #write(key: string, rollout: Rollout, status: RolloutStatus): Promise<void> {
    if (stableStringify(rollout.status) === stableStringify(status)) return;
    // A merge patch drops only what is null.
    const { finishedAt = null } = status;
    const patch = { status: { ...status, finishedAt } };
    try {
      const options = { subresource: 'status' };
      const { metadata } = await this.services.client.patch(
        berthResources.Rollout,
        rollout.metadata,
        patch,
        options,
      );
      this.#written.set(key, metadata.resourceVersion ?? '0');
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #isBehind(key: string, { metadata }: Rollout): boolean {
    return BigInt(metadata.resourceVersion ?? '0') < BigInt(this.#written.get(key) ?? '0');
  }

  get #now(): Date {
    return new Date(this.services.clock.now());
  }
}

/** Nothing more to do but what is asked for anew: a rollback. */
function isOver({ finishedAt, phase, targets }: RolloutStatus, command: Rollout['spec']['command']): boolean {
  if (phase === 'RolledBack') return true;
  return finishedAt !== undefined && command !== 'RollBack' && !targets.some(isUnderWay);
}

/** What passes by itself is tried again with the next pass, and holds up no other target. */
async function attempt(
  target: RolloutTarget,
  ended: (target: RolloutTarget, message: string) => RolloutTarget,
  work: () => Promise<RolloutTarget>,
): Promise<RolloutTarget> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    const message = messageOf(error);
    return error.transient ? { ...target, message } : ended(target, message);
  }
}

function failed(target: RolloutTarget, message: string): RolloutTarget {
  return { ...target, phase: 'Failed', message };
}

/** Targets that the command wants begun, as many as may be under way at once. */
function dueNow(spec: Rollout['spec'], status: RolloutStatus): RolloutTarget[] {
  if (spec.command === 'Run') return dueTargets(spec, status);
  if (spec.command !== 'RollBack') return [];
  // What is still being published must not keep others from going back; it goes back itself.
  const free =
    spec.strategy.maxInFlight - status.targets.filter(({ phase }) => phase === 'RollingBack').length;
  return status.targets.filter(canGoBack).slice(0, Math.max(0, free));
}

function isUnderWay({ phase }: RolloutTarget): boolean {
  return phase === 'Publishing' || phase === 'RollingBack';
}

/** What was published of each service before its new release. */
function revisions(made: readonly Release[], releases: ReadonlyMap<string, readonly Release[]>) {
  const entries = made.flatMap(({ spec }): [string, number][] => {
    const older = (releases.get(spec.service) ?? []).filter((one) => one.spec.revision < spec.revision);
    const before = publishedOf(older);
    return before && before.spec.action !== 'Undeploy' ? [[spec.service, before.spec.revision]] : [];
  });
  return Object.fromEntries(entries);
}
