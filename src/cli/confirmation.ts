import { createInterface } from 'node:readline/promises';
import type { CliContext } from './context.js';
import { usageError } from './exit-codes.js';

export interface Confirmation {
  /** What the person has to type. */
  name: string;
  /** What will be lost. */
  loss: string;
  /** As in «nobody can be asked whether to delete "demo"». */
  verb: string;
  /** As in «nothing was deleted». */
  participle: string;
}

/** Has a person type the name of what a command destroys. Throws UsageError when nobody is there to ask. */
export async function confirmByName(
  { err }: CliContext,
  { name, loss, verb, participle }: Confirmation,
): Promise<void> {
  if (!process.stdin.isTTY) {
    throw usageError(`Nobody can be asked whether to ${verb} "${name}".`, 'Say so with --yes.');
  }
  const dialogue = createInterface({ input: process.stdin, output: err });
  const typed = await dialogue.question(`${loss} Type its name to go on: `);
  dialogue.close();
  if (typed.trim() !== name) {
    throw usageError(`The name does not match; nothing was ${participle}.`, 'Type it exactly.');
  }
}
