/**
 * `npm run bench -- restore [--data-dir DIR] [--objects 10000]`: one cluster of plan dev with a joined node, a pod and
 * as many objects is restored in place, while an informer watches. Prints the seconds until the operation is over and
 * until the informer has what was lost, whether pods were restarted, and beside it `etcdutl snapshot restore` of the
 * same file alone, by hand. Exits 1 when a target is missed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { SnapshotArchive } from '../../dist/backup/archive.js';
import { KubeClient } from '../../dist/kube/client.js';
import { connectionFromKubeconfig } from '../../dist/kube/connection.js';
import { Informers } from '../../dist/kube/informers.js';
import { resources } from '../../dist/kube/resources.js';
import { BinaryProvider } from '../../dist/local/binaries/provider.js';
import { COMPONENT_VERSIONS } from '../../dist/local/binaries/releases.js';
import { isFinished } from '../../dist/operations/timeline.js';
import { berth, Installation } from './support/installation.mjs';

const TARGET_SECONDS = 60;
const PACE_MS = 100;
const AT_ONCE = 16;
const NAME = 'bench-restore';
const IMAGE = 'docker.io/library/busybox:stable';
const namespace = 'default';

const { values: options } = parseArgs({
  options: { 'data-dir': { type: 'string' }, objects: { type: 'string', default: '10000' } },
});
const count = Number(options.objects);
const installation = await Installation.open(options['data-dir']);
const missed = [];

const configMap = (name) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data: { name },
});
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'witness', namespace },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      { name: 'main', image: IMAGE, command: ['sleep', '100000'], imagePullPolicy: 'IfNotPresent' },
    ],
  },
};

async function until(what, holds, seconds = 300) {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const found = await holds();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not after ${seconds} s`);
    await sleep(PACE_MS);
  }
}

async function create() {
  await installation.api('POST', 'clusters', { metadata: { name: NAME }, spec: { version: '1.36.3' } });
  const isReady = ({ status }) =>
    status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  await until('ready', async () => isReady(await installation.api('GET', `clusters/${NAME}`)));
  const { kubeconfig } = await installation.api('POST', `clusters/${NAME}/kubeconfig`, {});
  return new KubeClient(await connectionFromKubeconfig({ text: kubeconfig }));
}

async function fill(client) {
  let next = 0;
  const work = async () => {
    while (next < count) await client.create(configMap(`object-${next++}`));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function operation(path, body) {
  const { metadata } = await installation.api('POST', `clusters/${NAME}/${path}`, body);
  const ended = await until(path, async () => {
    const found = await installation.api(
      'GET',
      `clusters/${NAME}/operations/${operationOf(path, metadata.name)}`,
    );
    return isFinished(found.status) && found;
  });
  if (ended.status.state !== 'Succeeded') throw new Error(JSON.stringify(ended.status));
  return ended;
}

const operationOf = (path, name) => (path === 'backups' ? `backup-${name}` : name);

function witnessOf({ metadata, status }) {
  const [container] = status.containerStatuses;
  return `${metadata.uid} ${container.containerID} ${container.restartCount}`;
}

/** `etcdutl snapshot restore` of the same file, by hand. */
async function byHand(backup) {
  const binaries = new BinaryProvider({
    cacheDir: join(process.env.BERTH_CACHE_DIR ?? join(homedir(), '.cache', 'berth'), 'binaries'),
    path: process.env.PATH ?? '',
  });
  const etcdutl = await binaries.path('etcdutl', COMPONENT_VERSIONS.etcd);
  const scratchDir = mkdtempSync(join(tmpdir(), 'berth-bench-restore-'));
  try {
    const archive = await SnapshotArchive.open({
      store: pathToFileURL(join(installation.dataDir, 'backups')).href,
      keyFile: join(installation.dataDir, 'backup-keys'),
      scratchDir,
    });
    await using snapshot = await archive.load(backup.status.location, AbortSignal.timeout(60_000));
    const from = performance.now();
    const args = ['snapshot', 'restore', snapshot.path, `--data-dir=${join(scratchDir, 'data')}`];
    execFileSync(etcdutl, [...args, '--bump-revision=1000000000', '--mark-compacted'], { stdio: 'ignore' });
    return (performance.now() - from) / 1000;
  } finally {
    rmSync(scratchDir, { recursive: true, force: true });
  }
}

try {
  const client = await create();
  berth(installation.dataDir, 'node', 'add', NAME, '--wait');
  await client.create(pod);
  const running = async () => {
    const found = await client.get(resources.Pod, pod.metadata);
    return found.status?.phase === 'Running' && found;
  };
  const before = witnessOf(await until('the pod to run', running));
  await fill(client);
  const informers = new Informers(client);
  const { cache, synced } = informers.informer(resources.ConfigMap, { namespace });
  await synced;
  await operation('backups', { name: 'bench' });
  const backup = await installation.api('GET', `clusters/${NAME}/backups/bench`);
  await client.delete(resources.ConfigMap, { namespace, name: 'object-7' });
  await client.create(configMap('after'));
  await until('the informer', () => cache.get('default/after') !== undefined);

  const from = performance.now();
  const ended = await operation('restore', { backup: 'bench', confirm: NAME });
  const seconds = (performance.now() - from) / 1000;
  const goesOn = () =>
    cache.get('default/object-7') !== undefined && cache.get('default/after') === undefined;
  await until('the informer to have what was lost', goesOn);
  const informed = (performance.now() - from) / 1000;
  await client.create(configMap('later'));
  await until('the informer to go on', () => cache.get('default/later') !== undefined);
  const isReady = ({ type, status }) => type === 'Ready' && status === 'True';
  await until('the node', async () => {
    const { items } = await client.list(resources.Node);
    return items.length === 1 && items.every(({ status }) => status.conditions.some(isReady));
  });
  await sleep(10_000);
  const after = witnessOf(await client.get(resources.Pod, pod.metadata));
  const hand = await byHand(backup);

  console.log(
    `\n${backup.status.keys} keys, ${(backup.status.sizeBytes / 1024 / 1024).toFixed(1)} MiB, one node`,
  );
  for (const { name, startedAt, finishedAt } of ended.status.steps)
    console.log(
      `    ${name.padEnd(26)} ${((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s`,
    );
  console.log(`  restore, to the end of the operation   ${seconds.toFixed(1)} s`);
  console.log(`  informer has what was lost             ${informed.toFixed(1)} s`);
  console.log(
    `  etcdutl snapshot restore alone         ${hand.toFixed(1)} s (ratio ${(seconds / hand).toFixed(1)})`,
  );
  console.log(`  pod                                    ${after === before ? 'not restarted' : 'RESTARTED'}`);
  if (seconds > TARGET_SECONDS) missed.push(`restore took ${seconds.toFixed(1)} s, target ${TARGET_SECONDS}`);
  if (after !== before) missed.push(`the pod was ${before} and is ${after}`);
  await informers.close();
  await client.close();
  await installation.api('DELETE', `clusters/${NAME}?confirm=${NAME}`);
} finally {
  await installation.close();
}

console.log(missed.length === 0 ? '\nall targets met' : `\nmissed:\n  ${missed.join('\n  ')}`);
process.exitCode = missed.length === 0 ? 0 : 1;
