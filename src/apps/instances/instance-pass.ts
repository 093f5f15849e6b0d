import { BerthError, messageOf } from '../../core/errors.js';
import { stableStringify } from '../../core/digest.js';
import { isNotFound } from '../../kube/kube-error.js';
import type { Cluster } from '../../model/cluster.js';
import type { Instance, InstanceStatus, ServiceStatus } from '../../model/instance.js';
import { berthResources } from '../../model/kinds.js';
import type { Release, ReleaseStatus } from '../../model/release.js';
import { factsOf, objectsOf } from '../releases/drafts.js';
import { publish, type Published } from '../releases/publisher.js';
import { certainRedactor } from '../releases/redaction.js';
import type { ServiceOrder } from '../releases/rendering.js';
import type { AppCluster } from './app-cluster.js';
import { blockerOf } from './dependencies.js';
import type { InstanceServices } from './instance.reconciler.js';
import { summaryOf } from './instance-summary.js';
import { pendingOf, publishedOf, serviceStatus } from './service-state.js';

/** Finished releases kept for each service; the one that is published always is. */
const KEPT_RELEASES = 100;

/** Health rules for claims ask about it. */
const STORAGE_CLASS = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' };

/** One look at one instance: publishes what is due, then says how each service is. */
export class InstancePass {
  readonly #releases: Map<string, Release[]>;
  readonly #statuses = new Map<string, ServiceStatus>();
  /** Services that were worked on in this pass. */
  readonly #tried = new Set<string>();
  #order: readonly ServiceOrder[] = [];
  #isWaiting = false;

  constructor(
    private readonly instance: Instance,
    private readonly cluster: Cluster,
    private readonly hosted: AppCluster,
    private readonly services: InstanceServices,
  ) {
    this.#releases = services.world.releasesOf(instance);
  }

  async run(signal: AbortSignal): Promise<{ status: InstanceStatus; isWaiting: boolean }> {
    const { renderer } = this.services;
    this.#order = await renderer.services(this.#tenant, this.instance.spec.template);
    await this.#watchKinds();
    this.#judge();
    for (let due = this.#due(); due.length > 0; due = this.#due()) {
      await Promise.all(due.map((service) => this.#work(service, signal)));
      this.#judge();
    }
    await this.#explainBlocked();
    await this.#trim();
    const { metadata, status } = this.instance;
    const services = Object.fromEntries(this.#statuses);
    return {
      status: summaryOf(services, status?.conditions, this.#now, metadata.generation),
      isWaiting: this.#isWaiting,
    };
  }

  /** Services whose next release may be published now, and was not tried in this pass. */
  #due(): string[] {
    return this.#pending().filter(
      (service) =>
        !this.#tried.has(service) && !this.#isPaused(service) && !blockerOf(service, this.#orderFacts()),
    );
  }

  #pending(): string[] {
    return [...this.#releases].flatMap(([service, releases]) => (pendingOf(releases) ? [service] : []));
  }

  #isPaused(service: string): boolean {
    return this.instance.spec.services?.[service]?.paused === true;
  }

  #orderFacts() {
    const entries = [...this.#releases].flatMap(([service, releases]): [string, Release][] => {
      const release = pendingOf(releases);
      return release ? [[service, release]] : [];
    });
    return { order: this.#order, pending: new Map(entries), states: this.#statuses };
  }

  /** Publishes the releases of one service that wait, the oldest first. */
  async #work(service: string, signal: AbortSignal): Promise<void> {
    this.#tried.add(service);
    for (let release = this.#next(service); release; release = this.#next(service)) {
      const status = await this.#publish(release, signal);
      await this.#record(release, status);
      if (status.phase === 'Waiting') {
        this.#isWaiting = true;
        return;
      }
    }
  }

  #next(service: string): Release | undefined {
    return pendingOf(this.#releases.get(service) ?? []);
  }

  async #publish(release: Release, signal: AbortSignal): Promise<ReleaseStatus> {
    const startedAt = release.status?.startedAt ?? this.#now.toISOString();
    const history = this.#releases.get(release.spec.service) ?? [];
    const objects = await this.#objectsOf(release);
    const { namespace } = this.instance.spec;
    const outcome =
      'kind' in objects
        ? objects
        : await this.#withoutSecrets(
            await publish(this.hosted, { release, objects, history, namespace }, signal),
            release,
          );
    return this.#statusAfter(outcome, { startedAt, hasSuccessor: history.at(-1) !== release });
  }

  /** API servers quote the values that they refuse. What cannot be hidden for sure is not told. */
  async #withoutSecrets(outcome: Published, { spec }: Release): Promise<Published> {
    if (outcome.kind === 'published') return outcome;
    try {
      const redact = await certainRedactor(this.services.renderer, this.#tenant, spec.inputs.config);
      return { ...outcome, message: redact(outcome.message) };
    } catch (error) {
      if (!(error instanceof BerthError) || error.transient) throw error;
      return { ...outcome, message: `the cluster's words are withheld: ${messageOf(error)}` };
    }
  }

  /** A version that is gone, or a template that does not render any more, ends the release. */
  async #objectsOf(release: Release) {
    try {
      return await objectsOf(this.services.renderer, factsOf(this.instance, this.#tenant), release);
    } catch (error) {
      if (!(error instanceof BerthError) || error.transient) throw error;
      return { kind: 'refused', reason: error.code, message: messageOf(error) } as const;
    }
  }

  #statusAfter(
    outcome: Published,
    { startedAt, hasSuccessor }: { startedAt: string; hasSuccessor: boolean },
  ): ReleaseStatus {
    const finishedAt = this.#now.toISOString();
    switch (outcome.kind) {
      case 'published': {
        const { inventory, pruned } = outcome;
        return { phase: 'Published', startedAt, finishedAt, inventory, ...(pruned.length > 0 && { pruned }) };
      }
      case 'waiting': {
        const { reason, message } = outcome;
        if (!hasSuccessor) return { phase: 'Waiting', reason, message, startedAt };
        const superseded = {
          reason: 'Superseded',
          message: `a newer release came while it waited: ${message}`,
        };
        return { phase: 'Failed', ...superseded, startedAt, finishedAt };
      }
      case 'refused': {
        const { reason, message, conflicts } = outcome;
        return { phase: 'Failed', reason, message, startedAt, finishedAt, ...(conflicts && { conflicts }) };
      }
    }
  }

  /** Writes what became of a release; one that somebody removed meanwhile stays removed. */
  async #record(release: Release, status: ReleaseStatus): Promise<void> {
    const { service } = release.spec;
    const next = { ...release, status };
    const releases = this.#releases.get(service) ?? [];
    this.#releases.set(
      service,
      releases.map((one) => (one.spec.revision === release.spec.revision ? next : one)),
    );
    if (stableStringify(release.status) === stableStringify(status)) return;
    // A merge patch drops only what is null.
    const { reason = null, message = null } = status;
    const patch = { status: { ...status, reason, message } };
    try {
      await this.services.client.patch(berthResources.Release, release.metadata, patch, {
        subresource: 'status',
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Says of each release that is held up by another service for what it waits. */
  async #explainBlocked(): Promise<void> {
    for (const [service, release] of this.#orderFacts().pending) {
      const blocker = this.#isPaused(service) ? undefined : blockerOf(service, this.#orderFacts());
      if (!blocker) continue;
      this.#isWaiting = true;
      const message = `waits for ${blocker.service}: ${blocker.because}`;
      await this.#record(release, {
        ...release.status,
        phase: 'Waiting',
        reason: 'WaitsForService',
        message,
      });
    }
    this.#judge();
  }

  #judge(): void {
    const names = new Set([...this.#order.map(({ name }) => name), ...this.#releases.keys()]);
    const { metadata, spec, status } = this.instance;
    for (const service of names) {
      const evidence = {
        ref: { instance: metadata.name, service },
        draft: spec.services?.[service],
        releases: this.#releases.get(service) ?? [],
        find: this.hosted.find.bind(this.hosted),
        facts: this.hosted.facts,
        before: this.#statuses.get(service) ?? status?.services?.[service],
      };
      this.#statuses.set(service, serviceStatus(evidence));
    }
  }

  /** The caches of every kind that something published is of. */
  async #watchKinds(): Promise<void> {
    const published = [...this.#releases.values()].flatMap((releases) => publishedOf(releases) ?? []);
    const entries = published.flatMap(({ status }) => status?.inventory ?? []);
    const all = [STORAGE_CLASS, ...entries];
    const kinds = new Map(all.map((entry) => [`${entry.apiVersion} ${entry.kind}`, entry]));
    await Promise.all([...kinds.values()].map((entry) => this.hosted.watch(entry)));
  }

  async #trim(): Promise<void> {
    for (const releases of this.#releases.values()) {
      const published = publishedOf(releases)?.spec.revision;
      const old = releases.slice(0, -KEPT_RELEASES).filter(({ spec }) => spec.revision !== published);
      for (const { metadata } of old) await this.services.client.delete(berthResources.Release, metadata);
    }
  }

  get #tenant(): string {
    return this.cluster.spec.tenant;
  }

  get #now(): Date {
    return new Date(this.services.clock.now());
  }
}
