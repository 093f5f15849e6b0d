/** Finds everything that keeps the meta-cluster from running here, mends what it may, and tells the rest at once. */
import { getuid, platform } from 'node:process';
import { BerthError } from '../../core/errors.js';
import { type Problem, checkKernel, checkPort, checkResources } from './machine-checks.js';
import { hasApt, installPackages, missingCommands } from './packages.js';

export interface PreflightOptions {
  dataDir: string;
  path: string;
  /** Whether missing packages may be installed. */
  install: boolean;
  /** A port that must be free; undefined when our own service has it already. */
  port?: number;
  /** Whether the host runs already, and has its memory and disk. */
  running: boolean;
  onProgress: (message: string) => void;
}

/** Throws `NotSupportedHere` or `PreflightFailed`, which lists every problem with what mends it. */
export async function preflight(options: PreflightOptions): Promise<void> {
  requireLinuxRoot();
  const problems = await mendCommands(options);
  problems.push(...(await checkKernel()));
  if (!options.running) problems.push(...(await checkResources(options.dataDir)));
  if (options.port !== undefined) problems.push(...(await checkPort(options.port)));
  if (problems.length > 0) throw preflightFailed(problems);
}

/** Another system, or another user, can still use a cluster there is. */
export function requireLinuxRoot(): void {
  const why = platform === 'linux' ? (getuid?.() === 0 ? undefined : 'without root') : `on ${platform}`;
  if (why === undefined) return;
  throw new BerthError('NotSupportedHere', `the embedded meta-cluster does not run ${why}`, {
    next:
      (platform === 'linux' ? 'Run it with sudo, or use ' : 'Use ') +
      "any cluster you have: `berth up --meta-kubeconfig FILE`, with a kubeconfig of that cluster's administrator.",
  });
}

async function mendCommands({ path, install, onProgress }: PreflightOptions): Promise<Problem[]> {
  const missing = await missingCommands(path);
  if (missing.commands.length === 0) return [];
  if (install && hasApt()) {
    onProgress(`installing packages: ${missing.packages.join(' ')}`);
    await installPackages(missing.packages, () => undefined);
    return problemsOf(await missingCommands(path));
  }
  return problemsOf(missing);
}

function problemsOf({ commands, packages }: { commands: string[]; packages: string[] }): Problem[] {
  if (commands.length === 0) return [];
  const mend = hasApt()
    ? `apt-get install --no-install-recommends ${packages.join(' ')}`
    : `install the packages ${packages.join(', ')}, whatever your distribution calls them`;
  return [{ what: `not found: ${commands.join(', ')}`, mend }];
}

function preflightFailed(problems: readonly Problem[]): BerthError {
  const lines = problems.map(({ what, mend }) => `  - ${what}\n    ${mend}`).join('\n');
  return new BerthError('PreflightFailed', `this machine cannot run the meta-cluster yet:\n${lines}`, {
    next: 'Mend these and run `berth up` again.',
  });
}
