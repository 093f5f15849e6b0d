import type { Command } from 'commander';
import { dump } from 'js-yaml';
import type { ServiceImpact } from '../../../apps/releases/impact.js';
import { connect } from '../../api/connection.js';
import type { CliContext } from '../../context.js';
import { outputFormat } from '../../output/print.js';
import { colouredDiff } from '../../output/value.js';
import { instancePath } from './show.js';

interface Impact {
  services: (ServiceImpact & {
    refused: { kind: string; name: string; message: string }[];
    error?: string;
  })[];
}

export function addImpact(parent: Command, context: CliContext): void {
  parent
    .command('impact <cluster> <instance>')
    .summary('tell what deploying the draft would change, restart, reload and remove')
    .option('--check', 'ask the cluster whether it would take it: quota, admission, conflicts', false)
    .action(async (cluster: string, name: string, { check }: { check: boolean }, command: Command) => {
      const api = await connect(context, command);
      const impact = await api.call<Impact>(`${instancePath(cluster, name)}/impact`, { query: { check } });
      context.out.write(structured(impact, outputFormat(command)) ?? servicesText(impact.services));
    });
}

export function addSides(parent: Command, context: CliContext): void {
  parent
    .command('view <cluster> <instance> <service>')
    .summary('show the YAML of a service: draft, published, live, or of a revision')
    .option('--view <side>', 'draft, published, live or a revision', 'draft')
    .action(async (cluster: string, name: string, service: string, o: { view: string }, command: Command) => {
      const api = await connect(context, command);
      const path = `${instancePath(cluster, name)}/services/${service}/manifest`;
      const answer = await api.call<{ manifest: string }>(path, { query: o });
      context.out.write(structured(answer, outputFormat(command)) ?? answer.manifest);
    });
  parent
    .command('diff <cluster> <instance> <service>')
    .summary('compare two sides of a service: draft, published, live or revisions')
    .option('--from <side>', 'the old side', 'live')
    .option('--to <side>', 'the new side', 'draft')
    .action(
      async (
        cluster: string,
        name: string,
        service: string,
        sides: { from: string; to: string },
        command: Command,
      ) => {
        const api = await connect(context, command);
        const path = `${instancePath(cluster, name)}/services/${service}/diff`;
        const answer = await api.call<{ diff: string }>(path, { query: { ...sides } });
        const text = answer.diff === '' ? 'No difference.\n' : colouredDiff(context, answer.diff);
        context.out.write(structured(answer, outputFormat(command)) ?? text);
      },
    );
}

function structured(value: unknown, format: string): string | undefined {
  if (format === 'json') return `${JSON.stringify(value, undefined, 2)}\n`;
  return format === 'yaml' ? dump(value, { lineWidth: -1, noRefs: true }) : undefined;
}

/** What happens to services, line by line. */
export function servicesText(services: Impact['services']): string {
  return services.map(serviceText).join('');
}

function serviceText({ service, objects, restarts, reloads, refused, error }: Impact['services'][number]) {
  if (error !== undefined) return `${service}: cannot be rendered: ${error}\n`;
  if (objects.length === 0) return `${service}: no change\n`;
  const lines = [
    ...objects.map(({ kind, name, change }) => `  ${change.toLowerCase()} ${kind}/${name}`),
    ...restarts.map((workload) => `  restarts ${workload}`),
    ...reloads.map((workload) => `  reloads ${workload} without a restart`),
    ...refused.map(({ kind, name, message }) => `  REFUSED ${kind}/${name}: ${message}`),
  ];
  return `${service}:\n${lines.join('\n')}\n`;
}
