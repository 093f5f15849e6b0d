/** In which order the services of an instance start and stop. Pure. */
import type { Release } from '../../model/release.js';
import type { ServiceStatus } from '../../model/instance.js';
import type { ServiceOrder } from '../releases/rendering.js';

/** What one service waits for before its release is published. */
export interface Blocker {
  service: string;
  /** Why that one is not far enough. */
  because: string;
}

export interface OrderFacts {
  order: readonly ServiceOrder[];
  /** The release of each service that is not finished. */
  pending: ReadonlyMap<string, Release>;
  states: ReadonlyMap<string, Pick<ServiceStatus, 'state' | 'message'>>;
}

/**
 * The first service that `service` has to wait for: one it depends on that is not running yet, or, when it is taken
 * away, one that depends on it and is being taken away as well. Undefined: it may go on.
 */
export function blockerOf(service: string, facts: OrderFacts): Blocker | undefined {
  const release = facts.pending.get(service);
  if (!release) return undefined;
  return release.spec.action === 'Undeploy' ? leavingBefore(service, facts) : startingBefore(service, facts);
}

function startingBefore(service: string, { order, pending, states }: OrderFacts): Blocker | undefined {
  const { dependsOn = [] } = order.find(({ name }) => name === service) ?? {};
  for (const other of dependsOn) {
    const waiting = pending.get(other);
    if (waiting && waiting.spec.action !== 'Undeploy')
      return { service: other, because: 'it is being published' };
    const { state, message } = states.get(other) ?? {};
    if (state === 'Deploying') return { service: other, because: message ?? 'it is starting' };
    if (state === 'Failed') return { service: other, because: `it failed: ${message ?? 'see its release'}` };
  }
  return undefined;
}

function leavingBefore(service: string, { order, pending }: OrderFacts): Blocker | undefined {
  const dependants = order.filter(({ dependsOn }) => dependsOn.includes(service));
  const leaving = dependants.find(({ name }) => pending.get(name)?.spec.action === 'Undeploy');
  return leaving && { service: leaving.name, because: 'it depends on this one and is being taken away' };
}

/**
 * Services in waves: each depends on none of its own wave or of a later one. Services of a cycle, which no template that
 * was checked has, make up one wave.
 */
export function wavesOf(services: readonly string[], order: readonly ServiceOrder[]): string[][] {
  const waves: string[][] = [];
  for (let left = [...services]; left.length > 0;) {
    const needs = (service: string) => order.find(({ name }) => name === service)?.dependsOn ?? [];
    const free = left.filter((service) => !needs(service).some((other) => left.includes(other)));
    const wave = free.length > 0 ? free : left;
    waves.push(wave);
    left = left.filter((service) => !wave.includes(service));
  }
  return waves;
}
