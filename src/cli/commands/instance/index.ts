import type { Command } from 'commander';
import type { CliContext } from '../../context.js';
import { addEvents, addHistory, addLogs } from './activity.js';
import { addImpact, addSides } from './compare.js';
import { addCreate, addDelete, addSet, addUnhold } from './draft.js';
import { addActions } from './release.js';
import { addDescribe, addGet, addList, addReleases } from './show.js';

export function registerInstance(program: Command, context: CliContext): void {
  const instance = program.command('instance').alias('instances').summary('applications on hosted clusters');
  const all = [
    addCreate,
    addList,
    addGet,
    addDescribe,
    addSet,
    addImpact,
    addSides,
    addActions,
    addLogs,
    addEvents,
    addHistory,
    addUnhold,
    addDelete,
  ];
  for (const add of all) add(instance, context);
  addReleases(
    program.command('release').alias('releases').summary('what was published, by whom, why'),
    context,
  );
}
