import type { Command } from 'commander';
import type { CliContext } from '../../context.js';
import { addCordon, addDelete, addDrain, addList, addUncordon } from './nodes.js';
import { addRevoke, addToken, addTokens } from './token.js';

export function registerNode(program: Command, context: CliContext): void {
  const node = program.command('node').alias('nodes').summary('machines of a hosted cluster');
  for (const add of [addList, addToken, addTokens, addRevoke, addCordon, addUncordon, addDrain, addDelete])
    add(node, context);
}
