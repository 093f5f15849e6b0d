/**
 * `npm run bench -- fanout [--instances 200] [--clusters 2] [--helm 40]`: publishing an application of five services to
 * many instances over several hosted API servers: at first, when nothing changed, when one key changed, and rolling
 * that back; beside `helm upgrade --install` of the same chart on the same servers in the same run, one release for
 * each instance, one after the other. Helm's time is taken for `--helm` of them and counted for all.
 * Exits 1 when a target is missed.
 */
import { parseArgs } from 'node:util';
import { OBJECTS, SERVICES } from './fanout/chart.mjs';
import { Helm } from './fanout/helm.mjs';
import { helmBinary, World } from './fanout/world.mjs';

/** How many times quicker than Helm. */
const TARGETS = { first: 3, 'no change': 50, 'one key': 8 };

const { values: options } = parseArgs({
  options: {
    instances: { type: 'string', default: '200' },
    clusters: { type: 'string', default: '2' },
    helm: { type: 'string', default: '40' },
  },
});
const count = Number(options.instances);
const peers = Math.min(Number(options.helm), count);
const missed = [];
const world = await World.start(Number(options.clusters));
const helm = await Helm.prepare(await helmBinary(), world.hosted, peers);

/** One step of ours with what it sent, and the same step of Helm. */
async function step(name, ours, theirs) {
  const before = await world.requests();
  const { seconds, status } = await ours();
  const after = await world.requests();
  const helmSeconds = ((await theirs()) * count) / peers;
  const difference = (where, what) => after[where][what] - before[where][what];
  const writes = difference('meta', 'writes') + difference('hosted', 'writes');
  report(name, { seconds, helmSeconds, difference, memory: world.memory() });
  if (name === 'no change') {
    const unchanged = status.targets.filter(({ phase }) => phase === 'Unchanged').length;
    if (writes > 0 || unchanged < count) missed.push(`no change: ${writes} writes, ${unchanged} unchanged`);
  }
}

function report(name, { seconds, helmSeconds, difference, memory }) {
  const ratio = helmSeconds / seconds;
  const columns = [
    seconds.toFixed(2),
    helmSeconds.toFixed(1),
    `${ratio.toFixed(1)} x`,
    `${difference('hosted', 'all')} (${difference('hosted', 'writes')})`,
    `${difference('meta', 'all')} (${difference('meta', 'writes')} + ${difference('meta', 'records')})`,
    `${memory.now} (${memory.most})`,
  ];
  line(name, columns);
  const target = TARGETS[name];
  if (target !== undefined && ratio < target) missed.push(`${name}: ${ratio.toFixed(1)} of ${target} times`);
}

function line(name, columns) {
  const [first, ...rest] = columns;
  process.stdout.write(
    `${name.padEnd(12)}${first.padStart(9)}${rest.map((text) => text.padStart(20)).join('')}\n`,
  );
}

try {
  const from = performance.now();
  await world.createInstances(count);
  process.stdout.write(
    `${count} instances x ${SERVICES} services, ${OBJECTS} objects each, on ${world.hosted.length} clusters; ` +
      `created in ${((performance.now() - from) / 1000).toFixed(1)} s; Helm: ${peers} releases, counted for ${count}\n`,
  );
  line('', ['s', 'Helm, s', 'quicker', 'hosted (writes)', 'meta (writes + own)', 'service MiB (most)']);
  await step(
    'first',
    () => world.rollout('first'),
    () => helm.upgradeAll('app:1'),
  );
  await step(
    'no change',
    () => world.rollout('again'),
    () => helm.upgradeAll('app:1'),
  );
  await world.saveKeys('app:2');
  await step(
    'one key',
    () => world.rollout('changed', { configVersion: 2 }),
    () => helm.upgradeAll('app:2'),
  );
  await step(
    'rollback',
    () => world.rollback('changed'),
    () => helm.rollbackAll(),
  );
} finally {
  helm.close();
  await world.stop();
}
for (const text of missed) process.stdout.write(`missed: ${text}\n`);
process.exitCode = missed.length > 0 ? 1 : 0;
