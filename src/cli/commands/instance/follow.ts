import { BerthError } from '../../../core/errors.js';
import type { Instance, ServiceState, ServiceStatus } from '../../../model/instance.js';
import type { Release } from '../../../model/release.js';
import type { ApiClient } from '../../api/api-client.js';
import { instancePath } from './show.js';

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
  { cluster, instance }: { cluster: string; instance: string },
  releases: readonly Release[],
  timeout: number,
): Promise<void> {
  const signal = AbortSignal.timeout(timeout * 1000);
  const open = new Map(releases.map((release) => [release.spec.service, release]));
  if (open.size === 0) return;
  const releasesPath = `/api/v1/clusters/${cluster}/releases`;
  try {
    for await (const event of api.watch<Instance>(instancePath(cluster, instance), { signal })) {
      if ('object' in event) await dropThrough(api, releasesPath, open, event.object);
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
async function dropThrough(
  api: ApiClient,
  releasesPath: string,
  open: Map<string, Release>,
  { status }: Instance,
): Promise<void> {
  for (const [service, release] of open) {
    const seen = status?.services?.[service];
    const verdict = seen && verdictOn(seen, release);
    if (verdict === 'failed') throw failed(service, seen?.message);
    if (verdict === 'through') open.delete(service);
    if (verdict === 'unclear') await refuseFailed(api, `${releasesPath}/${release.metadata.name}`);
  }
}

/** `unclear`: a failure is seen, which may be that of a release before ours. */
function verdictOn(
  { state, revision = 0, pending }: ServiceStatus,
  { spec }: Release,
): 'failed' | 'through' | 'unclear' | 'open' {
  if (revision < spec.revision) return state === 'Failed' && pending === undefined ? 'unclear' : 'open';
  if (state === 'Failed') return 'failed';
  return SETTLED.has(state) ? 'through' : 'open';
}

async function refuseFailed(api: ApiClient, path: string): Promise<void> {
  const { spec, status } = await api.call<Release>(path);
  if (status?.phase === 'Failed') throw failed(spec.service, status.message);
}

function failed(service: string, message = 'see its release'): BerthError {
  return new BerthError('ReleaseFailed', `The release of ${service} failed: ${message}.`, {
    next: 'Correct what it names and deploy again, or roll back.',
  });
}
