/** What processes of pods take, read from /proc. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MASTERS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
/** Linux counts CPU time in hundredths of a second on every platform Berth runs on. */
const TICKS_PER_SECOND = 100;
const KIB = 1024;

/** The masters' processes in pods with these UIDs, as `{ name, pid }`. */
export function processesOf(podUids) {
  const wanted = podUids.flatMap((uid) => [uid, uid.replaceAll('-', '_')]);
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      const cgroup = read(pid, 'cgroup');
      const name = basename(read(pid, 'cmdline').split('\0', 1)[0] ?? '');
      return MASTERS.includes(name) && wanted.some((uid) => cgroup.includes(uid)) ? [{ name, pid }] : [];
    })
    .toSorted((a, b) => MASTERS.indexOf(a.name) - MASTERS.indexOf(b.name));
}

/** A process and all that came of it, as `{ name, pid }`; the name is that of the program. */
export function processesBelow(root) {
  const parents = new Map(
    readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .map((pid) => [
        pid,
        read(pid, 'stat')
          .replace(/^.*\) /s, '')
          .split(' ')[1],
      ]),
  );
  const isBelow = (pid) => pid === String(root) || (parents.has(pid) && isBelow(parents.get(pid)));
  return [...parents.keys()]
    .filter(isBelow)
    .map((pid) => ({ name: basename(read(pid, 'cmdline').split('\0', 1)[0] ?? ''), pid }));
}

/** Memory now, in MiB, and the share of one core over the next `seconds`. */
export async function measure(processes, seconds) {
  const before = processes.map(cpuSeconds);
  const from = performance.now();
  await sleep(seconds * 1000);
  const elapsed = (performance.now() - from) / 1000;
  const measured = processes.map((process, index) => ({
    name: process.name,
    ...memory(process),
    cores: (cpuSeconds(process) - before[index]) / elapsed,
  }));
  // What has ended meanwhile takes nothing.
  return measured.filter(({ rss, cores }) => Number.isFinite(rss) && Number.isFinite(cores));
}

function memory({ pid }) {
  const status = read(pid, 'status');
  const rollup = read(pid, 'smaps_rollup');
  return { rss: field(status, 'VmRSS'), pss: field(rollup, 'Pss'), anon: field(status, 'RssAnon') };
}

function field(text, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) / KIB;
}

function cpuSeconds({ pid }) {
  const fields = read(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Empty when the process has gone. */
function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
