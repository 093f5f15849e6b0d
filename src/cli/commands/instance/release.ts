import type { Command } from 'commander';
import type { ReleaseAction } from '../../../model/release.js';
import { connect } from '../../api/connection.js';
import { DEFAULT_WAIT_SECONDS } from '../../api/operation-progress.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { RELEASE } from '../../output/kinds.js';
import { outputFormat, printObjects } from '../../output/print.js';
import { followReleases, type Released } from './follow.js';
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
        if (wait) await followReleases(api, path, released.releases, timeout);
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
