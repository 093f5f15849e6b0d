/** Nothing that changes a cluster's data or version is left half done when the service is killed in the middle. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Random, seededRandom } from '../../../src/core/random.js';
import { resources } from '../../../src/kube/resources.js';
import { berthResources } from '../../../src/model/kinds.js';
import type { Operation, OperationType } from '../../../src/model/operation.js';
import { isFinished } from '../../../src/operations/timeline.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(1_200_000);

const KILLS = 25;
/** A small part of what a restore or a stage of an upgrade takes, so that each is hit more than once. */
const LONGEST_GAP_MS = 3_000;
const PATIENCE_MS = 600_000;
const OLD = '1.36.3';
const NEW = '1.37.0';

const seed = Number(process.env['BERTH_SEED'] ?? Date.now() % 100_000);

describe(`kill -9 of the service at ${KILLS} random moments (BERTH_SEED=${seed})`, () => {
  let meta: Embedded;
  let hosted: Hosted;
  const killed = new AbortController();
  const ended: Operation[] = [];

  beforeAll(async () => {
    meta = await Embedded.open();
    hosted = await Hosted.create(meta, `survivor-${meta.run}`, { version: OLD });
    await hosted.ready();
    await (await hosted.kubectl()).run('create', 'configmap', 'kept', '--from-literal=word=yes');
  });

  afterAll(async () => {
    await hosted.requestDeletion();
    await meta.close();
  });

  it('brings every backup, restore, upgrade and rollback to an end', async () => {
    console.log(`BERTH_SEED=${seed}`);
    const work = goRound();
    await killAgainAndAgain(seededRandom(seed));
    killed.abort();
    await work;
    const unfinished = (await hosted.operations()).filter(({ status }) => !isFinished(status));
    expect(unfinished.map(({ metadata }) => metadata.name)).toEqual([]);
    const bad = ended.filter(({ status }) => status?.state !== 'Succeeded' && !status?.message);
    expect(bad).toEqual([]);
    const types = ended.map(({ spec }) => spec.type);
    expect(types).toEqual(expect.arrayContaining(['Backup', 'Restore', 'Upgrade', 'Rollback']));
  });

  it('leaves a cluster that serves, with its data, and nothing of the restores', async () => {
    await hosted.ready(PATIENCE_MS);
    const kubectl = await hosted.kubectl();
    expect(await kubectl.run('get', 'configmap', 'kept', '-o', 'jsonpath={.data.word}')).toBe('yes');
    await kubectl.run('create', 'configmap', 'alive');
    await meta.until(
      resources.Pod,
      'the pods of restores to be gone',
      (pods) => pods.list(hosted.namespace).every(({ metadata }) => !metadata.name.endsWith('-restore')),
      PATIENCE_MS,
    );
  });

  /** Kills at random moments, but not before the service is at work again. */
  async function killAgainAndAgain(random: Random): Promise<void> {
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(random() * LONGEST_GAP_MS);
      process.kill(await meta.servicePid(), 'SIGKILL');
      await eventually(() => meta.isServing(), 'the service to be back', 60_000);
    }
  }

  /** One after the other, at least once each, for as long as there are kills. */
  async function goRound(): Promise<void> {
    const turns = [backUp, upgradeAndRollBack, restore];
    for (let turn = 0; turn < turns.length || !killed.signal.aborted; turn += 1) {
      const round = Math.floor(turn / turns.length);
      await turns[turn % turns.length]?.(`round-${round}`);
    }
    ended.push(...(await hosted.operations()).filter(({ status }) => isFinished(status)));
  }

  async function backUp(name: string): Promise<void> {
    await asked('backups', { name });
    await over('Backup', ({ metadata }) => metadata.name === `backup-${name}`);
  }

  async function upgradeAndRollBack(): Promise<void> {
    await asked('upgrade', { version: NEW, finalize: 'Manual' });
    await hosted.condition('VersionReached', 'False', PATIENCE_MS);
    await untilSoaking();
    const before = await count('Rollback');
    await asked('rollback', {});
    await over('Rollback', ({ spec }) => spec.type === 'Rollback', before);
    await hosted.ready(PATIENCE_MS);
  }

  async function restore(backup: string): Promise<void> {
    const before = await count('Restore');
    await asked('restore', { backup, confirm: hosted.name });
    await over('Restore', ({ spec }) => spec.type === 'Restore', before);
    await hosted.ready(PATIENCE_MS);
  }

  async function untilSoaking(): Promise<void> {
    await meta.until(
      berthResources.Cluster,
      'the soak',
      (clusters) =>
        clusters.get(hosted)?.status?.conditions?.some(({ reason }) => reason === 'Soaking') ?? false,
      PATIENCE_MS,
    );
  }

  async function count(type: OperationType): Promise<number> {
    return (await hosted.operations()).filter(({ spec }) => spec.type === type).length;
  }

  /** Waits until there are more of them than before, all over. */
  async function over(what: string, isMeant: (operation: Operation) => boolean, before = 0): Promise<void> {
    await meta.until(
      berthResources.Operation,
      `${what} to be over`,
      (operations) => {
        const found = operations.list(hosted.namespace).filter(isMeant);
        return found.length > before && found.every(({ status }) => isFinished(status));
      },
      PATIENCE_MS,
    );
  }

  /** The same request again until there is an answer. One that was taken before it could be answered is refused. */
  async function asked(path: string, body: object): Promise<void> {
    await eventually(
      async () => {
        const answer = await meta.api(`${hosted.path}/${path}`, { body }).catch(() => undefined);
        if (answer && ![200, 201, 202, 409, 503].includes(answer.status))
          throw new Error(JSON.stringify(answer.body));
        return answer !== undefined && answer.status !== 503;
      },
      `${path} to be answered`,
      120_000,
    );
  }
});
