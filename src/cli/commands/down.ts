import type { Command } from 'commander';
import { takeDown } from '../../local/take-down.js';
import type { CliContext } from '../context.js';

const EXAMPLES = `
Examples:
  berth down           stop; berth up brings everything back with its data
  berth down --purge   stop and remove everything, hosted clusters and their data included`;

export function registerDown(program: Command, context: CliContext): void {
  program
    .command('down')
    .summary('stop the embedded meta-cluster and the Berth service')
    .description(
      'Stops every process that `berth up` started on this machine. Data stays unless --purge is given.',
    )
    .option('--purge', 'also remove all data: nothing is left on the machine but the cache', false)
    .addHelpText('after', EXAMPLES)
    .action(async ({ purge }: { purge: boolean }, command: Command) => {
      await takeDown({ dataDir: context.dataDir(command), purge }, context.reporter(command));
    });
}
