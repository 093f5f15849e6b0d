/** Names a process for longer than it lives: its id with its start time, which no other process has. */
import { readFile } from 'node:fs/promises';
import { platform } from 'node:process';
import { tryRun } from '../core/process.js';

export interface ProcessIdentity {
  pid: number;
  /** As the system tells it; only compared. */
  startTime: string;
}

/** Reads the text of a /proc/PID/stat file. */
export function parseStat(stat: string): ProcessIdentity {
  // The second field is the command in brackets and may hold spaces and brackets itself.
  const afterCommand = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid: Number(stat.split(' ', 1)[0]), startTime: afterCommand[19] ?? '' };
}

/** The identity of a process that runs now; undefined when there is none (a zombie is none). */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    return stat === undefined || stat.includes(') Z ') ? undefined : parseStat(stat);
  }
  const { code, stdout } = await tryRun('ps', ['-o', 'lstart=', '-p', String(pid)]);
  return code === 0 ? { pid, startTime: stdout.trim() } : undefined;
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return (await identify(process.pid))?.startTime === process.startTime;
}

/** The process that started this one, on Linux; undefined when it has ended and another took its place. */
export async function starterOf(pid: number, name: string): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  const parentName = await readFile(`/proc/${parent}/comm`, 'utf8').catch(() => '');
  return parentName.trim() === name ? identify(parent) : undefined;
}
