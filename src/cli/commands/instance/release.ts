import type { Command } from 'commander';
import type { Release, ReleaseAction } from '../../../model/release.js';
import type { BulkReleaseAnswer } from '../../../http/apps/instance-schemas.js';
import type { ApiClient } from '../../api/api-client.js';
import { connect } from '../../api/connection.js';
import { DEFAULT_WAIT_SECONDS } from '../../api/operation-progress.js';
import type { CliContext } from '../../context.js';
import { parseDuration } from '../../duration.js';
import { RELEASE } from '../../output/kinds.js';
import { outputFormat, printObjects } from '../../output/print.js';
import { usageError } from '../../exit-codes.js';
import { followReleases, type Released } from './follow.js';
import { type Failure, refuseSome } from './refused.js';
import { instancePath } from './show.js';
import { wholeNumber } from '../../whole-number.js';

interface ActionOptions {
  reason?: string;
  conflicts?: string;
  adopt?: boolean;
  confirm?: string[];
  replicas?: number;
  to?: number;
  selector?: string;
  wait?: boolean;
  timeout: number;
}

/** The commands that make releases. */
export function addActions(parent: Command, context: CliContext): void {
  action(parent, context, 'deploy', 'Deploy', 'publish the draft of services that changed')
    .option('--conflicts <policy>', 'fields that others have set: refuse, take or leave', 'refuse')
    .option('--adopt', 'take over objects of the same name that were there before')
    .option('--confirm <objects...>', 'volumes, namespaces and CRDs that may be removed: Kind/name')
    .addHelpText(
      'after',
      '\nExamples:\n  berth instance deploy demo shop web --reason "new image" --wait\n  berth instance deploy demo --selector stage=prod',
    );
  action(parent, context, 'undeploy', 'Undeploy', 'take services away; volumes stay unless confirmed').option(
    '--confirm <objects...>',
    'volumes, namespaces and CRDs that may be removed: Kind/name',
  );
  action(parent, context, 'restart', 'Restart', 'replace the pods of services');
  action(parent, context, 'scale', 'Scale', 'set the number of pods of services').requiredOption(
    '--replicas <count>',
    'how many',
    wholeNumber(0),
  );
  action(parent, context, 'rollback', 'Rollback', 'bring the content of an earlier release back').option(
    '--to <revision>',
    'the revision [the one before]',
    wholeNumber(),
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
    .command(`${name} <cluster> [instance] [services...]`)
    .summary(summary)
    .description(`${summary}. Several instances with commas between them, or chosen by --selector.`)
    .option('-l, --selector <selector>', 'instead of an instance: all whose labels match')
    .option('--reason <text>', 'why, for the record')
    .option('--wait', 'wait until it runs')
    .option('--timeout <duration>', 'longest wait', parseDuration, DEFAULT_WAIT_SECONDS)
    .action(
      async (
        cluster: string,
        instance: string | undefined,
        services: string[],
        options: ActionOptions,
        command: Command,
      ) => {
        const api = await connect(context, command);
        const { to: revision, selector, wait, timeout, ...rest } = options;
        // With a selector there is no instance among the arguments: all of them are services.
        const [targets, chosen] =
          selector === undefined
            ? [instance?.split(','), services]
            : [undefined, [instance ?? [], services].flat()];
        if (selector === undefined && targets === undefined)
          throw usageError('Which instance?', 'Name it, or use --selector.');
        const body = { ...rest, ...(chosen.length > 0 && { services: chosen }), action: kind, revision };
        const asked = { cluster, body, wait: wait ? timeout : undefined };
        const [single, ...others] = targets ?? [];
        await (single !== undefined && others.length === 0
          ? releaseOne(context, command, api, { ...asked, instance: single })
          : releaseMany(context, command, api, {
              ...asked,
              body: { ...body, instances: targets, labelSelector: selector },
            }));
      },
    );
}

interface Asked {
  cluster: string;
  body: object;
  /** Seconds; undefined: not at all. */
  wait: number | undefined;
}

async function releaseOne(
  context: CliContext,
  command: Command,
  api: ApiClient,
  { cluster, instance, body, wait }: Asked & { instance: string },
): Promise<void> {
  const path = instancePath(cluster, instance);
  const released = await api.call<Released>(`${path}/releases`, { method: 'POST', body });
  if (wait !== undefined) await followReleases(api, { cluster, instance }, released.releases, wait);
  report(context, command, released.releases, released);
  if (outputFormat(command) === 'table') context.out.write(restText('', released));
}

/** Throws SomeRefused when not all instances could be released; the others are. */
async function releaseMany(
  context: CliContext,
  command: Command,
  api: ApiClient,
  { cluster, body, wait }: Asked,
): Promise<void> {
  const answer = await api.call<BulkReleaseAnswer>(`/api/v1/clusters/${cluster}/releases`, {
    method: 'POST',
    body,
  });
  const failures = wait === undefined ? [] : await followAll(api, cluster, answer.items, wait);
  report(
    context,
    command,
    answer.items.flatMap(({ releases }) => releases as Release[]),
    answer,
  );
  if (outputFormat(command) === 'table')
    context.out.write(answer.items.map((item) => restText(`${item.instance}: `, item)).join(''));
  refuseSome(
    answer.items.map(({ instance, refused }) => ({ name: instance, refused })),
    failures,
  );
}

/** What became of those that did not get through: one that fails ends the wait for no other. */
async function followAll(
  api: ApiClient,
  cluster: string,
  items: BulkReleaseAnswer['items'],
  wait: number,
): Promise<Failure[]> {
  const outcomes = await Promise.allSettled(
    items.map(({ instance, releases }) =>
      followReleases(api, { cluster, instance }, releases as Release[], wait),
    ),
  );
  return outcomes.flatMap((outcome, index) =>
    outcome.status === 'rejected'
      ? [{ name: items[index]?.instance ?? '', error: outcome.reason as unknown }]
      : [],
  );
}

function report(context: CliContext, command: Command, releases: readonly Release[], value: unknown): void {
  if (releases.length === 0 && outputFormat(command) === 'table') return;
  printObjects(context, command, RELEASE, { objects: releases, value });
}

function restText(prefix: string, { unchanged, held }: Pick<Released, 'unchanged' | 'held'>): string {
  const same = unchanged.length > 0 ? `${prefix}Unchanged: ${unchanged.join(', ')}.\n` : '';
  return held.length > 0
    ? `${same}${prefix}Held since a rollback, deploy them by name: ${held.join(', ')}.\n`
    : same;
}
