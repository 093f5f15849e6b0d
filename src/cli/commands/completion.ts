import { Argument, type Command } from 'commander';
import type { KubeObject } from '../../kube/types.js';
import type { ObjectList } from '../api/api-client.js';
import { connect } from '../api/connection.js';
import type { CliContext } from '../context.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
/** A shell waits for this. */
const COMPLETION_MS = 1500;
type Shell = (typeof SHELLS)[number];

const HELP = `
Examples:
  source <(berth completion bash)                                     bash, this session
  berth completion zsh > "\${fpath[1]}/_berth"                         zsh
  berth completion fish > ~/.config/fish/completions/berth.fish       fish`;

/** Every script asks the hidden command `__complete`, so that completion never lags behind the commands. */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_berth() {
  local IFS=$'\\n'
  COMPREPLY=($(berth __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _berth berth
`,
  zsh: `#compdef berth
_berth() {
  local -a candidates
  candidates=("\${(@f)$(berth __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a candidates
}
compdef _berth berth
`,
  fish: `complete -c berth -f -a '(set -l words (commandline -opc) (commandline -ct); berth __complete $words[2..-1] 2>/dev/null)'
`,
};

export function registerCompletion(program: Command, context: CliContext): void {
  program
    .command('completion')
    .summary('print a completion script for your shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
    .addHelpText('after', HELP)
    .action((shell: Shell) => void context.out.write(SCRIPTS[shell]));
  program
    .command('__complete [words...]', { hidden: true })
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words: string[], _options: object, command: Command) => {
      const names = wantsCluster(program, words) ? await clusterNames(context, command) : [];
      const current = words.at(-1) ?? '';
      const candidates = [...complete(program, words), ...names.filter((name) => name.startsWith(current))];
      context.out.write(`${candidates.join('\n')}\n`);
    });
}

/** Whether the name of a cluster may stand where the last of `words` is being typed. */
export function wantsCluster(program: Command, words: readonly string[]): boolean {
  if ((words.at(-1) ?? '').startsWith('-')) return false;
  let command = program;
  let positionals = 0;
  for (const word of words.slice(0, -1)) {
    const next = command.commands.find((sub) => sub.name() === word || sub.aliases().includes(word));
    if (next) command = next;
    else if (!word.startsWith('-')) positionals++;
  }
  return positionals === 0 && command.registeredArguments[0]?.name() === 'cluster';
}

/** None when the service does not answer. */
async function clusterNames(context: CliContext, command: Command): Promise<string[]> {
  try {
    const api = await connect(context, command);
    const { items } = await api.call<ObjectList<KubeObject>>('/api/v1/clusters', {
      signal: AbortSignal.timeout(COMPLETION_MS),
    });
    return items.map(({ metadata }) => metadata.name);
  } catch {
    return [];
  }
}

/** What may stand where the last of `words` is being typed. */
export function complete(program: Command, words: readonly string[]): string[] {
  const current = words.at(-1) ?? '';
  let command = program;
  for (const word of words.slice(0, -1)) {
    command = command.commands.find((sub) => sub.name() === word) ?? command;
  }
  const options = [...program.options, ...command.options].flatMap(({ long }) => long ?? []);
  const commands = visible(command);
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const candidates = current.startsWith('-') ? [...options, '--help'] : [...commands, ...choices];
  return [...new Set(candidates)].filter((candidate) => candidate.startsWith(current)).sort();
}

function visible(command: Command): string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((sub) => sub.name());
}
