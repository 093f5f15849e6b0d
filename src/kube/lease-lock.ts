import type { Clock } from '../core/clock.js';
import type { KubeClient } from './client.js';
import { isAlreadyExists, isConflict } from './kube-error.js';
import { resources } from './resources.js';
import type { KubeObject, ObjectRef } from './types.js';

interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

interface Lease extends KubeObject {
  spec: LeaseSpec;
}

export interface LeaseLockOptions {
  client: Pick<KubeClient, 'find' | 'create' | 'replace'>;
  lease: Required<ObjectRef>;
  identity: string;
  leaseDurationMs: number;
  /** For one request. */
  timeoutMs: number;
  clock: Clock;
}

/** One Lease as a lock of one candidate. Every method throws when the API server fails. */
export class LeaseLock {
  readonly #options: LeaseLockOptions;
  /** The last lease seen, and when it last changed by our own clock: other machines' clocks are not trusted. */
  #seen?: { resourceVersion?: string; spec: LeaseSpec; atMs: number };
  #transitions = -1;

  constructor(options: LeaseLockOptions) {
    this.#options = options;
  }

  /** Who holds the lease as last seen; empty when it was let go. */
  get holder(): string | undefined {
    return this.#seen?.spec.holderIdentity;
  }

  /** How often the lease went to a new term, as last seen. */
  get transitions(): number {
    return this.#transitions;
  }

  /** Begins a new term if nobody holds the lease, or its holder gave no sign of life for long enough. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    return this.#unlessRaced(async () => {
      const lease = await this.#read(signal);
      if (lease && !this.#isFree()) return false;
      const spec = this.#newTerm(lease?.spec);
      await (lease ? this.#replace({ ...lease, spec }, signal) : this.#create(spec, signal));
      return true;
    });
  }

  /** Goes on with our term; false when the lease is no longer ours. */
  async renew(signal: AbortSignal): Promise<boolean> {
    return this.#unlessRaced(async () => {
      const lease = await this.#read(signal);
      if (lease?.spec.holderIdentity !== this.#options.identity) return false;
      await this.#replace({ ...lease, spec: { ...lease.spec, ...this.#signOfLife() } }, signal);
      return true;
    });
  }

  /** Lets the lease go if it is ours, so that others need not wait for it to run out. */
  async release(signal: AbortSignal): Promise<void> {
    const lease = await this.#read(signal);
    if (lease?.spec.holderIdentity !== this.#options.identity) return;
    const spec = { ...lease.spec, ...this.#signOfLife(), holderIdentity: '', leaseDurationSeconds: 1 };
    await this.#replace({ ...lease, spec }, signal);
  }

  /** Another candidate wrote between our read and our write: look again at the next attempt. */
  async #unlessRaced(attempt: () => Promise<boolean>): Promise<boolean> {
    try {
      return await attempt();
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error)) return false;
      throw error;
    }
  }

  #isFree(): boolean {
    if (!this.#seen?.spec.holderIdentity) return true;
    const { spec, atMs } = this.#seen;
    if (spec.holderIdentity === this.#options.identity) return true;
    const durationMs = (spec.leaseDurationSeconds ?? 0) * 1000 || this.#options.leaseDurationMs;
    return this.#options.clock.monotonic() - atMs >= durationMs;
  }

  // Counting on from the highest number ever seen keeps terms apart even when somebody deletes the Lease.
  #newTerm(spec: LeaseSpec | undefined): LeaseSpec {
    const { identity } = this.#options;
    const leaseTransitions = Math.max(spec?.leaseTransitions ?? -1, this.#transitions) + 1;
    const signOfLife = this.#signOfLife();
    return {
      ...spec,
      ...signOfLife,
      holderIdentity: identity,
      acquireTime: signOfLife.renewTime,
      leaseTransitions,
    };
  }

  #signOfLife() {
    const { leaseDurationMs, clock } = this.#options;
    return { leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000), renewTime: microTime(clock.now()) };
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, lease: ref, timeoutMs } = this.#options;
    const lease = (await client.find(resources.Lease, ref, { signal, timeoutMs })) as Lease | undefined;
    if (lease) this.#see(lease);
    else this.#seen = undefined;
    return lease;
  }

  async #create(spec: LeaseSpec, signal: AbortSignal): Promise<void> {
    const { client, lease: ref, timeoutMs } = this.#options;
    const lease: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...ref }, spec };
    this.#see(await client.create(lease, { signal, timeoutMs }));
  }

  async #replace(lease: Lease, signal: AbortSignal): Promise<void> {
    const { client, timeoutMs } = this.#options;
    this.#see(await client.replace(lease, { signal, timeoutMs }));
  }

  #see({ metadata: { resourceVersion }, spec }: Lease): void {
    this.#transitions = Math.max(this.#transitions, spec.leaseTransitions ?? 0);
    if (this.#seen && this.#seen.resourceVersion === resourceVersion) return;
    this.#seen = { resourceVersion, spec, atMs: this.#options.clock.monotonic() };
  }
}

/** Kubernetes' MicroTime: RFC 3339 with microseconds. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
