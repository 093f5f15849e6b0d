import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Random, seededRandom } from '../../../src/core/random.js';
import { resources } from '../../../src/kube/resources.js';
import { berthResources } from '../../../src/model/kinds.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import { Hosted } from './hosted.js';

const TEST_MS = 600_000;
jest.setTimeout(TEST_MS);

const KILLS = 25;
/** Longest time between two kills: about as long as a create takes, so that they fall on every moment of it. */
const LONGEST_GAP_MS = 5_000;
const PEOPLE = 2;
/** After the last kill. Before it, a create or a delete that is interrupted again and again takes its time. */
const PATIENCE_MS = 180_000;

const seed = Number(process.env['BERTH_SEED'] ?? Date.now() % 100_000);

describe(`kill -9 of the service at ${KILLS} random moments (BERTH_SEED=${seed})`, () => {
  let meta: Embedded;
  const clusters: Hosted[] = [];
  const lastOnes: Hosted[] = [];
  /** How often each Secret of each cluster was made. */
  const made = new Map<string, number>();

  beforeAll(async () => {
    meta = await Embedded.open();
    meta.informers.informer(resources.Secret).cache.onChange((change) => {
      if (change.type === 'added') made.set(change.key, (made.get(change.key) ?? 0) + 1);
    });
    await meta.informers.synced();
  });

  afterAll(() => meta.close());

  it('leaves no create and no delete half done', async () => {
    console.log(`BERTH_SEED=${seed}`);
    const killing = killAgainAndAgain(seededRandom(seed));
    await Promise.all([killing, ...Array.from({ length: PEOPLE }, (_, number) => live(number, killing))]);
    expect(lastOnes).toHaveLength(PEOPLE);
  });

  it('makes nothing twice', async () => {
    for (const cluster of lastOnes) {
      const operations = await cluster.operations();
      expect(operations.map(({ spec, status }) => `${spec.type} ${status?.state}`)).toEqual([
        'Create Succeeded',
      ]);
      const revisions = await meta.kubectl.run(
        '-n',
        cluster.namespace,
        'get',
        'controllerrevisions',
        '-o',
        'name',
      );
      expect(revisions.match(/masters-/g)).toHaveLength(1);
      const secrets = await meta.client.list(resources.Secret, { namespace: cluster.namespace });
      const times = secrets.items.map(({ metadata }) => [
        metadata.name,
        made.get(`${cluster.namespace}/${metadata.name}`),
      ]);
      expect(times.filter(([, count]) => count !== 1)).toEqual([]);
    }
  });

  it('serves in every cluster that is left', async () => {
    for (const cluster of lastOnes) {
      const kubectl = await cluster.kubectl();
      await kubectl.run('create', 'configmap', 'alive', '--from-literal=a=b');
    }
  });

  it('leaves nothing of clusters that were deleted', async () => {
    await Promise.all(lastOnes.map((cluster) => cluster.delete()));
    const names = new Set(clusters.map(({ namespace }) => namespace));
    const namespaces = await meta.client.list(resources.Namespace);
    expect(namespaces.items.filter(({ metadata }) => names.has(metadata.name))).toEqual([]);
    const volumes = await meta.client.list(resources.PersistentVolume);
    expect(volumes.items.filter(({ spec }) => names.has(spec?.claimRef?.namespace ?? ''))).toEqual([]);
    const known = new Set(volumes.items.map(({ metadata }) => metadata.name));
    const directories = join(meta.dir.node('meta'), 'volumes');
    await eventually(
      async () => (await readdir(directories)).every((name) => known.has(name)),
      'directories to go',
    );
  });

  it('records every deletion exactly once, as done', async () => {
    const isDone = (states: (string | undefined)[]) => states.every((state) => state === 'Succeeded');
    const { items } = await meta.until(
      berthResources.Operation,
      'records of deletions to be closed',
      (operations) => {
        const ours = operations
          .list()
          .filter(({ spec }) => clusters.some(({ name }) => name === spec.cluster));
        return isDone(ours.map(({ status }) => status?.state)) && { items: ours };
      },
    );
    const records = items.map(({ spec }) => `${spec.type} ${spec.cluster}`).sort();
    expect(records).toEqual(clusters.map(({ name }) => `Delete ${name}`).sort());
  });

  /** Kills at random moments, but not before the service is at work again. */
  async function killAgainAndAgain(random: Random): Promise<void> {
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(random() * LONGEST_GAP_MS);
      process.kill(await meta.servicePid(), 'SIGKILL');
      await eventually(() => meta.isServing(), 'the service to be back');
    }
  }

  /** Creates clusters one after the other; deletes some while they are being made, others when they are ready. */
  async function live(person: number, killing: Promise<void>): Promise<void> {
    let goesOn = true;
    const stop = () => void (goesOn = false);
    void killing.then(stop, stop);
    const random = seededRandom(seed + person + 1);
    for (let number = 0; ; number += 1) {
      const cluster = new Hosted(meta, `chaos-${meta.run}-${person}-${number}`);
      clusters.push(cluster);
      await untilTaken(cluster, 'POST');
      if (random() < 0.4) await sleep(random() * LONGEST_GAP_MS);
      else await inTime(killing, (timeoutMs) => cluster.ready(timeoutMs));
      if (!goesOn) {
        await cluster.ready(PATIENCE_MS);
        lastOnes.push(cluster);
        return;
      }
      await untilTaken(cluster, 'DELETE');
      await inTime(killing, (timeoutMs) => cluster.gone(timeoutMs));
    }
  }

  /** While there are kills, as long as they let it take. */
  async function inTime(
    killing: Promise<void>,
    reached: (timeoutMs: number) => Promise<unknown>,
  ): Promise<void> {
    const first = await Promise.race([reached(TEST_MS), killing.then(() => 'calm')]);
    if (first === 'calm') await reached(PATIENCE_MS);
  }

  /** The same request again until there is an answer: both are safe to repeat. */
  async function untilTaken(cluster: Hosted, method: 'POST' | 'DELETE'): Promise<void> {
    const { name, path } = cluster;
    const sending = {
      method,
      body: method === 'POST' ? { metadata: { name }, spec: { version: '1.36.3' } } : undefined,
    };
    const taken = method === 'POST' ? [200, 201] : [202, 404];
    await eventually(async () => {
      const answer = await meta
        .api(method === 'POST' ? '/api/v1/clusters' : `${path}?confirm=${name}`, sending)
        .catch(() => undefined);
      if (answer && ![...taken, 503].includes(answer.status)) throw new Error(JSON.stringify(answer.body));
      return answer !== undefined && taken.includes(answer.status);
    }, `${method} of ${name} to be answered`);
  }
});
