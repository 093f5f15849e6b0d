import { BerthError } from '../../../core/errors.js';
import type { Instance, ServiceState } from '../../../model/instance.js';
import type { Release } from '../../../model/release.js';
import type { ApiClient } from '../../api/api-client.js';

/** What a request for releases of one instance answers. */
export interface Released {
  releases: Release[];
  unchanged: string[];
  held: string[];
}

const SETTLED: ReadonlySet<ServiceState> = new Set(['Deployed', 'NotDeployed', 'Paused']);

/** Waits until every release is through, at most `timeout` seconds. Throws ReleaseFailed, WaitTimeout. */
export async function followReleases(
  api: ApiClient,
  path: string,
  releases: readonly Release[],
  timeout: number,
): Promise<void> {
  const signal = AbortSignal.timeout(timeout * 1000);
  const open = new Map(releases.map(({ spec }) => [spec.service, spec.revision]));
  if (open.size === 0) return;
  try {
    for await (const event of api.watch<Instance>(path, { signal })) {
      if ('object' in event) dropThrough(open, event.object);
      if (open.size === 0) return;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw new BerthError('WaitTimeout', `Not through after ${timeout} s: ${[...open.keys()].join(', ')}.`, {
    next: 'It goes on without us. See why it waits: berth instance describe.',
  });
}

/** Takes out of `open` the services that run as released. Throws ReleaseFailed. */
function dropThrough(open: Map<string, number>, { status }: Instance): void {
  for (const [service, revision] of open) {
    const { state, revision: seen = 0, pending, message } = status?.services?.[service] ?? {};
    if (state === 'Failed' && pending === undefined) throw failed(service, message);
    if (state && seen >= revision && SETTLED.has(state)) open.delete(service);
  }
}

function failed(service: string, message = 'see its release'): BerthError {
  return new BerthError('ReleaseFailed', `The release of ${service} failed: ${message}.`, {
    next: 'Correct what it names and deploy again, or roll back.',
  });
}
