/** The command tree. A new group of commands is one module in commands/ and one line in `COMMANDS`. */
import { Command, Option } from 'commander';
import { registerConnectionOptions } from './api/connection.js';
import { registerBackup } from './commands/backup.js';
import { registerApp } from './commands/app/index.js';
import { registerCatalogue } from './commands/catalogue.js';
import { registerCluster } from './commands/cluster/index.js';
import { registerCompletion } from './commands/completion.js';
import { registerConfig } from './commands/config/index.js';
import { registerDown } from './commands/down.js';
import { registerEtcd } from './commands/etcd.js';
import { registerInstance } from './commands/instance/index.js';
import { registerNode } from './commands/node/index.js';
import { registerOperation } from './commands/operation.js';
import { registerQuickstart } from './commands/quickstart.js';
import { registerFleet } from './commands/fleet.js';
import { registerRollout } from './commands/rollout.js';
import { registerStatus } from './commands/status.js';
import { registerTemplate } from './commands/template/index.js';
import { registerUp } from './commands/up.js';
import type { CliContext } from './context.js';

/** Adds its commands to the program. */
type Register = (program: Command, context: CliContext) => void;

/** In the order of `berth --help`. */
const COMMANDS: readonly Register[] = [
  registerQuickstart,
  registerUp,
  registerDown,
  registerStatus,
  registerConnectionOptions,
  registerCluster,
  registerNode,
  registerBackup,
  registerEtcd,
  registerInstance,
  registerFleet,
  registerRollout,
  registerOperation,
  registerTemplate,
  registerConfig,
  registerApp,
  registerCatalogue,
  registerCompletion,
];

/**
 * `--version` after a command means a Kubernetes version, as in `cluster create demo --version 1.36.3`; before any, or
 * alone, the version of Berth. Commander knows an option of the program wherever it stands, so this is settled first.
 * @param words the command line without the program's name
 */
export function withKubernetesVersion(program: Command, words: readonly string[]): string[] {
  const names = new Set(program.commands.flatMap((command) => [command.name(), ...command.aliases()]));
  const first = words.findIndex((word) => names.has(word));
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  return words.map((word, index) =>
    first >= 0 && index > first && index < end
      ? word.replace(/^--version(?==|$)/, '--kubernetes-version')
      : word,
  );
}

const OUTPUTS = ['table', 'wide', 'json', 'yaml', 'name'];

export function createProgram(context: CliContext, version: string): Command {
  const program = new Command('berth')
    .description('Hosts Kubernetes control planes: each cluster is a set of pods in a meta-cluster.')
    .version(version, '-V, --version', 'print the version of Berth')
    .addOption(
      new Option('-o, --output <format>', 'how results are printed').choices(OUTPUTS).default('table'),
    )
    .option('--data-dir <dir>', 'where the embedded meta-cluster lives [$BERTH_DATA_DIR, /var/lib/berth]')
    .option('-q, --quiet', 'print results only')
    .exitOverride()
    .showHelpAfterError('(run the command with --help for its options)')
    .enablePositionalOptions(false)
    .configureOutput({
      writeOut: (text) => void context.out.write(text),
      writeErr: (text) => void context.err.write(text),
    });
  for (const register of COMMANDS) register(program, context);
  return program;
}
