import type { Command } from 'commander';
import { BerthError } from '../../../core/errors.js';
import { step } from '../../../core/progress.js';
import type { Cluster } from '../../../model/cluster.js';
import { findCondition } from '../../../model/conditions.js';
import type { ApiClient } from '../../api/api-client.js';
import { connect } from '../../api/connection.js';
import { DEFAULT_WAIT_SECONDS, type FollowOptions, waitTimeout } from '../../api/operation-progress.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { usageError } from '../../exit-codes.js';
import { CLUSTER } from '../../output/kinds.js';
import { printObjects } from '../../output/print.js';
import { collectLabel, given, readRequest } from './request.js';

interface UpdateOptions {
  file?: string;
  plan?: string;
  displayName?: string;
  label: Record<string, string>;
  wait: boolean;
  timeout: number;
}

const EXAMPLES = `
Examples:
  berth cluster update demo --plan dev-three --wait     one member of etcd becomes three
  berth cluster update demo -l stage=production
  echo 'spec: {apiServer: {extraArgs: {v: "4"}}}' | berth cluster update demo -f -`;

export function addUpdate(parent: Command, context: CliContext): void {
  parent
    .command('update <cluster>')
    .summary('change a cluster: its plan, its labels, any field that may change')
    .description('Sends what is given as a merge patch: what is not named stays, null takes a field away.')
    .option('-f, --file <file>', 'read fields from YAML or JSON, - for standard input; options win over it')
    .option('--plan <plan>', 'size of the masters')
    .option('--display-name <text>', 'name for people')
    .option('-l, --label <key=value>', 'label, can be repeated', collectLabel, {})
    .option('--wait', 'wait until the masters are as asked and ready', false)
    .option('--timeout <duration>', 'longest wait', parseDuration, DEFAULT_WAIT_SECONDS)
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: UpdateOptions, command: Command) => {
      const body = await patchOf(options);
      const api = await connect(context, command);
      const changed = await api.call<Cluster>(pathOf(name), { method: 'PATCH', body });
      const follow = { reporter: context.reporter(command), timeoutSeconds: options.timeout };
      const shown = options.wait ? await untilAsAsked(api, changed, follow) : changed;
      printObjects(context, command, CLUSTER, { objects: [shown], value: shown });
    });
}

function pathOf(name: string): string {
  return `/api/v1/clusters/${name}`;
}

async function patchOf({ file, plan, displayName, label }: UpdateOptions): Promise<object> {
  const { metadata, spec } = file === undefined ? {} : await readRequest(file);
  const labels = given({ ...metadata?.labels, ...label });
  const patch = given({
    metadata: given({ ...metadata, labels }),
    spec: given({ ...spec, ...given({ plan, displayName }) }),
  });
  if (patch) return patch;
  throw usageError('Nothing is to be changed.', 'Name what: --plan, --display-name, --label or --file.');
}

/** Throws ClusterStalled when only a person can help, and WaitTimeout, in which case it goes on without us. */
async function untilAsAsked(
  api: ApiClient,
  { metadata }: Cluster,
  { reporter, timeoutSeconds }: FollowOptions,
): Promise<Cluster> {
  const { name, generation = 0 } = metadata;
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  return step(reporter, 'update', 'Update', async ({ update }) => {
    let waitsFor: string | undefined;
    try {
      for await (const event of api.watch<Cluster>(pathOf(name), { signal })) {
        if (!('object' in event) || !isOf(event.object, generation)) continue;
        const { object } = event;
        const ready = findCondition(object.status?.conditions, 'Ready');
        if (ready?.status === 'True') return object;
        refuseStalled(object);
        waitsFor = ready?.message;
        update(waitsFor ?? '');
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    throw waitTimeout(name, timeoutSeconds, waitsFor);
  });
}

/** Whether the status tells of this generation of the spec, or of a later one. */
function isOf({ status }: Cluster, generation: number): boolean {
  return (status?.observedGeneration ?? 0) >= generation;
}

function refuseStalled({ metadata: { name }, status }: Cluster): void {
  const stalled = findCondition(status?.conditions, 'Stalled');
  if (stalled?.status !== 'True') return;
  throw new BerthError('ClusterStalled', `Cluster "${name}" goes no further: ${stalled.message}.`, {
    next: `Mend it, or take the change back: berth cluster describe ${name}.`,
  });
}
