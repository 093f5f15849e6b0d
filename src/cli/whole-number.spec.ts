import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { createContext } from './context.js';
import { exitCodeOf } from './exit-codes.js';
import { createProgram } from './program.js';
import { wholeNumber } from './whole-number.js';

function programOf() {
  const program = createProgram(createContext({}, process.stdout, process.stderr), '0.0.0');
  const said: string[] = [];
  for (const command of everyCommand(program)) {
    command.configureOutput({ writeErr: (text) => void said.push(text) }).exitOverride();
  }
  return { program, said };
}

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)];

describe('a whole number', () => {
  it.each(['0', '7', '100'])('is %s', (text) => expect(wholeNumber(0, 100)(text)).toBe(Number(text)));

  it.each(['3O', '', ' ', '-1', '1.5', '1e1', '0x10', '101', 'NaN'])('is not "%s"', (text) => {
    expect(() => wholeNumber(0, 100)(text)).toThrow('Give a whole number from 0 to 100.');
  });
});

describe('options that take numbers', () => {
  it.each([
    'backup schedule demo --keep 3O',
    'fleet upgrade --to 1.37.0 --max-in-flight many',
    'fleet resume night --stop-after -1',
    'rollout start --template-version newest',
    'rollout start --stop-after x',
    'instance create demo shop --app shop --config-version x',
    'instance scale demo shop --replicas two',
    'instance rollback demo shop --to first',
    'instance logs demo shop --tail all',
    'node token demo --limit 1.5',
    'config create shop --keep 3O',
    'up --port 99999',
  ])('refuse a typo before anything is asked of the service: berth %s', async (typed) => {
    const { program, said } = programOf();
    const error: unknown = await program
      .parseAsync(typed.split(' '), { from: 'user' })
      .catch((e: unknown) => e);
    expect(exitCodeOf(error)).toBe(2);
    const option = typed.split(' ').at(-2) ?? '';
    expect(said.join('')).toContain(`${option} <`);
  });

  it('none takes what JavaScript takes for a number', () => {
    const options = everyCommand(programOf().program).flatMap((command) => command.options);
    const bare: unknown = Number;
    expect(options.filter(({ parseArg }) => parseArg === bare).map(({ flags }) => flags)).toEqual([]);
  });
});
