/** Names a process for longer than it lives: its id together with its start time, which no other process has. */
import { readFile } from 'node:fs/promises';

export interface ProcessIdentity {
  pid: number;
  /** Clock ticks from the machine's start to the process's. */
  startTime: string;
}

/** Reads the text of a /proc/PID/stat file. */
export function parseStat(stat: string): ProcessIdentity {
  // The second field is the command in brackets and may hold spaces and brackets itself.
  const afterCommand = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid: Number(stat.split(' ', 1)[0]), startTime: afterCommand[19] ?? '' };
}

export async function isAlive({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return parseStat(stat).startTime === startTime && !stat.includes(') Z ');
  } catch {
    return false;
  }
}
