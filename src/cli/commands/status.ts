import type { Command } from 'commander';
import { type LocalStatus, type PartState, localStatus } from '../../local/status.js';
import { type Colours, coloursFor } from '../colours.js';
import type { CliContext } from '../context.js';

const EXAMPLES = `
Exit code 0: everything is healthy. 1: something is not, or nothing was started yet.

Examples:
  berth status             a table
  berth status -o json     for machines`;

const COLOURS = { healthy: 'green', unhealthy: 'red', stopped: 'yellow' } as const satisfies Record<
  PartState,
  keyof Colours
>;

export function registerStatus(program: Command, context: CliContext): void {
  program
    .command('status')
    .summary('show how the embedded meta-cluster and the Berth service are')
    .description('Asks every part on this machine how it is.')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const status = await localStatus(context.dataDir(command));
      const { output } = command.optsWithGlobals<{ output: string }>();
      context.out.write(
        output === 'json'
          ? `${JSON.stringify(status, undefined, 2)}\n`
          : table(status, coloursFor(context.out, context.environment)),
      );
      if (!status.healthy) process.exitCode = 1;
    });
}

function table({ dataDir, installed, parts }: LocalStatus, colours: Colours): string {
  if (!installed) return `Nothing is installed in ${dataDir}. Start with: berth up\n`;
  const width = Math.max(...parts.map(({ part }) => part.length));
  const lines = parts.map(({ part, state, detail }) => {
    const cells = [part.padEnd(width), colours[COLOURS[state]](state.padEnd('unhealthy'.length)), detail];
    return cells.join('  ').trimEnd();
  });
  return `${lines.join('\n')}\n`;
}
