import type { Command } from 'commander';
import { BerthError } from '../../../core/errors.js';
import type { Instance, ServiceState, ServiceStatus } from '../../../model/instance.js';
import type { Release, ReleaseAction } from '../../../model/release.js';
import type { ApiClient } from '../../api/api-client.js';
import { connect } from '../../api/connection.js';
import { DEFAULT_WAIT_SECONDS } from '../../api/operation-progress.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { RELEASE } from '../../output/kinds.js';
import { outputFormat, printObjects } from '../../output/print.js';
import { instancePath } from './show.js';

interface ActionOptions {
  reason?: string;
  conflicts?: string;
  adopt?: boolean;
  confirm?: string[];
  replicas?: number;
  to?: number;
  wait?: boolean;
  timeout: number;
}

interface Released {
  releases: Release[];
  unchanged: string[];
  held: string[];
}

/** The commands that make releases. */
export function addActions(parent: Command, context: CliContext): void {
  action(parent, context, 'deploy', 'Deploy', 'publish the draft of services that changed')
    .option('--conflicts <policy>', 'fields that others have set: refuse, take or leave', 'refuse')
    .option('--adopt', 'take over objects of the same name that were there before')
    .option('--confirm <objects...>', 'volumes, namespaces and CRDs that may be removed: Kind/name')
    .addHelpText('after', '\nExamples:\n  berth instance deploy demo shop web --reason "new image" --wait');
  action(parent, context, 'undeploy', 'Undeploy', 'take services away; volumes stay unless confirmed').option(
    '--confirm <objects...>',
    'volumes, namespaces and CRDs that may be removed: Kind/name',
  );
  action(parent, context, 'restart', 'Restart', 'replace the pods of services');
  action(parent, context, 'scale', 'Scale', 'set the number of pods of services').requiredOption(
    '--replicas <count>',
    'how many',
    Number,
  );
  action(parent, context, 'rollback', 'Rollback', 'bring the content of an earlier release back').option(
    '--to <revision>',
    'the revision [the one before]',
    Number,
  );
}

function action(
  parent: Command,
  context: CliContext,
  name: string,
  kind: ReleaseAction,
  summary: string,
): Command {
  return parent
    .command(`${name} <cluster> <instance> [services...]`)
    .summary(summary)
    .option('--reason <text>', 'why, for the record')
    .option('--wait', 'wait until it runs')
    .option('--timeout <duration>', 'longest wait', parseDuration, DEFAULT_WAIT_SECONDS)
    .action(
      async (
        cluster: string,
        instance: string,
        services: string[],
        options: ActionOptions,
        command: Command,
      ) => {
        const api = await connect(context, command);
        const { to: revision, wait, timeout, ...rest } = options;
        const chosen = services.length > 0 ? { services } : {};
        const body = { ...rest, ...chosen, action: kind, revision };
        const path = instancePath(cluster, instance);
        const released = await api.call<Released>(`${path}/releases`, { method: 'POST', body });
        if (wait) await follow(api, { cluster, instance }, released.releases, timeout);
        report(context, command, released);
      },
    );
}

function report(context: CliContext, command: Command, released: Released): void {
  const { releases, unchanged, held } = released;
  if (releases.length > 0 || outputFormat(command) !== 'table') {
    printObjects(context, command, RELEASE, { objects: releases, value: released });
  }
  if (outputFormat(command) !== 'table') return;
  if (unchanged.length > 0) context.out.write(`Unchanged: ${unchanged.join(', ')}.\n`);
  if (held.length > 0) context.out.write(`Held since a rollback, deploy them by name: ${held.join(', ')}.\n`);
}

const SETTLED: ReadonlySet<ServiceState> = new Set(['Deployed', 'NotDeployed', 'Paused']);

/** Waits until every release is through. Throws ReleaseFailed, WaitTimeout. */
async function follow(
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
