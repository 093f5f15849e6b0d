import type { Command } from 'commander';
import type { CliContext } from '../../context.js';
import { addAdd } from './add.js';
import { addCordon, addDelete, addDrain, addList, addUncordon } from './nodes.js';
import { addRemove } from './remove.js';
import { addRevoke, addToken, addTokens } from './token.js';

export function registerNode(program: Command, context: CliContext): void {
  const node = program.command('node').alias('nodes').summary('machines of a hosted cluster');
  for (const add of [
    addList,
    addAdd,
    addRemove,
    addToken,
    addTokens,
    addRevoke,
    addCordon,
    addUncordon,
    addDrain,
    addDelete,
  ])
    add(node, context);
}
