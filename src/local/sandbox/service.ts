/** Services under runit: one directory each, with a `run` script and a log that rotates. */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../core/process.js';
import { quote } from '../../core/shell.js';

const LOG_FILE_BYTES = 10_000_000;
const LOG_FILES = 3;

export interface SandboxService {
  name: string;
  /** Lines of a POSIX shell script; the last one becomes the service with `exec`. */
  script: readonly string[];
}

/**
 * Writes a service where `runsvdir` looks. runit starts it within five seconds and again one second after it
 * ends, however it ended.
 */
export async function writeService(
  servicesDir: string,
  logsDir: string,
  service: SandboxService,
): Promise<void> {
  const directory = join(servicesDir, service.name);
  const log = join(logsDir, service.name);
  await mkdir(join(directory, 'log'), { recursive: true });
  await mkdir(log, { recursive: true });
  await writeFile(join(log, 'config'), `s${LOG_FILE_BYTES}\nn${LOG_FILES}\n`);
  await writeScript(join(directory, 'log', 'run'), [`exec svlogd ${quote(log)}`]);
  await writeScript(join(directory, 'run'), ['exec 2>&1', ...endOrphan(service.name), ...service.script]);
}

/** Removes what a run before left: the sockets of supervisors that are no longer there. */
export async function clearServices(servicesDir: string): Promise<void> {
  await rm(servicesDir, { recursive: true, force: true });
  await mkdir(servicesDir, { recursive: true });
}

/** Ends a service's process; its supervisor starts it again with what its files say now. */
export async function restartService(servicesDir: string, name: string): Promise<void> {
  await run('sv', ['-w', '20', 'force-restart', join(servicesDir, name)]);
}

/** A supervisor that was killed leaves its service running, which would keep ports and files from the next one. */
function endOrphan(name: string): string[] {
  return [
    `if read -r old <pid && grep -aq ${quote(name)} "/proc/$old/cmdline"; then kill -9 "$old"; fi 2>/dev/null`,
    'echo $$ >pid',
  ];
}

async function writeScript(path: string, lines: readonly string[]): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${lines.join('\n')}\n`);
  await chmod(path, 0o755);
}
