/** What commands share that begin an operation on a cluster, and may wait for its end. */
import type { Command } from 'commander';
import type { Operation } from '../../model/operation.js';
import type { ApiClient } from '../api/api-client.js';
import { DEFAULT_WAIT_SECONDS, followOperation } from '../api/operation-progress.js';
import type { CliContext } from '../context.js';
import { parseDuration } from '../duration.js';
import { OPERATION } from '../output/kinds.js';
import { printObjects } from '../output/print.js';

export interface OperationOptions {
  reason?: string;
  wait: boolean;
  /** Seconds. */
  timeout: number;
}

export function withOperationOptions(command: Command): Command {
  return command
    .option('--reason <text>', 'why, for the record')
    .option('--wait', 'wait until it is done, and show the steps', false)
    .option('--timeout <duration>', 'longest wait', parseDuration, DEFAULT_WAIT_SECONDS);
}

/**
 * Asks for the operation and prints it: as it begins, or with `--wait` as it ended.
 * @param path below that of the cluster
 */
export async function beginOperation(
  { context, command, api }: { context: CliContext; command: Command; api: ApiClient },
  { cluster, path, body }: { cluster: string; path: string; body: object },
  { wait, timeout: timeoutSeconds }: OperationOptions,
): Promise<void> {
  const made = await api.call<Operation>(`/api/v1/clusters/${cluster}/${path}`, { method: 'POST', body });
  const follow = { reporter: context.reporter(command), timeoutSeconds };
  const shown = wait ? await followOperation(api, { cluster, name: made.metadata.name }, follow) : made;
  printObjects(context, command, OPERATION, { objects: [shown], value: shown });
}
