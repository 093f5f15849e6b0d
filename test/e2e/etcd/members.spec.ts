/** Members of etcd come, go, are killed and lose their volumes, while somebody writes and remembers what was taken. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import { findCondition } from '../../../src/model/conditions.js';
import { berthResources } from '../../../src/model/kinds.js';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import type { Kubectl } from '../../support/kubectl.js';
import { accessOf, Hosted } from '../hosting/hosted.js';
import { answersOn } from '../hosting/load.js';
import { Writer } from './writer.js';

jest.setTimeout(400_000);

const PATIENCE_MS = 300_000;
/** Stands on the pods that a change restarted. */
const MARK = 'test.example/rolled';
const ROLLED = { [MARK]: 'yes' };

interface Turn {
  name: string;
  began: number;
  ended: number;
}

/** When etcd last logged a message. */
function timeOf(log: string, message: string): number {
  const line = log.split('\n').findLast((one) => one.includes(`"msg":"${message}"`)) ?? '{}';
  return Date.parse((JSON.parse(line) as { ts?: string }).ts ?? '');
}

describe('members of etcd', () => {
  let meta: Embedded;
  let hosted: Hosted;
  let kubectl: Kubectl;
  const writers: Writer[] = [];

  beforeAll(async () => {
    meta = await Embedded.open();
    const { apiVersion, kind, spec } = await meta.client.get(berthResources.Plan, { name: 'dev' });
    const three = { ...spec, etcd: { ...spec.etcd, replicas: 3 } };
    await meta.client.apply(
      { apiVersion, kind, metadata: { name: 'dev-three' }, spec: three },
      { fieldManager: 'test' },
    );
    hosted = await Hosted.create(meta, 'keeper');
    await hosted.ready();
    kubectl = await hosted.kubectl();
  });

  afterAll(async () => {
    await Promise.all(writers.map((writer) => writer.stop()));
    await hosted.requestDeletion();
    await meta.close();
  });

  async function writing(prefix: string): Promise<Writer> {
    const writer = await Writer.start(kubectl.kubeconfig, prefix);
    writers.push(writer);
    return writer;
  }

  async function change(spec: object): Promise<void> {
    const { status } = await meta.api(hosted.path, { method: 'PATCH', body: { spec } });
    expect(status).toBe(200);
  }

  /** Ids of the members by their names, once as many answer and vote. */
  function members(count: number): Promise<Map<string, string>> {
    return meta.until(
      berthResources.Cluster,
      `${count} members that answer`,
      (clusters) => {
        const found = clusters.get(hosted)?.status?.etcd?.members ?? [];
        const voting = found.filter(({ id, learner }) => id !== undefined && !learner);
        const isWhole = found.length === count && voting.length === count;
        return isWhole && new Map(voting.map(({ name, id = '' }) => [name, id]));
      },
      PATIENCE_MS,
    );
  }

  async function losesItsVolume(member: string): Promise<void> {
    const { namespace } = hosted;
    await meta.client.delete(resources.PersistentVolumeClaim, { namespace, name: `data-${member}` });
    await kill(member);
  }

  async function kill(member: string): Promise<void> {
    const { namespace } = hosted;
    await meta.client.delete(resources.Pod, { namespace, name: member }, { gracePeriodSeconds: 0 });
  }

  async function goesOn(writer: Writer): Promise<void> {
    const taken = writer.acknowledged;
    await eventually(() => Promise.resolve(writer.acknowledged > taken + 3), 'writes to go on', PATIENCE_MS);
  }

  /** A member of the same name and another id has joined and votes. */
  async function anotherVotes(member: string, before: ReadonlyMap<string, string>): Promise<void> {
    await meta.until(
      berthResources.Cluster,
      `another ${member}`,
      (clusters) => {
        const found = clusters.get(hosted)?.status?.etcd?.members.find(({ name }) => name === member);
        return found?.id !== undefined && !found.learner && found.id !== before.get(member);
      },
      PATIENCE_MS,
    );
  }

  async function claims(): Promise<string[]> {
    const { namespace } = hosted;
    const { items } = await meta.client.list(resources.PersistentVolumeClaim, { namespace });
    return items.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.name);
  }

  async function volumeOf(member: string): Promise<string | undefined> {
    const name = `data-${member}`;
    const { namespace } = hosted;
    return (await meta.client.get(resources.PersistentVolumeClaim, { namespace, name })).metadata.uid;
  }

  /** Every member is restarted, one after the other. */
  async function roll(): Promise<void> {
    const target = { kind: 'StatefulSet', name: 'etcd' };
    const patch = { spec: { template: { metadata: { annotations: ROLLED } } } };
    await change({ patches: [{ target, patch }] });
  }

  async function rolled(): Promise<string[]> {
    const { namespace } = hosted;
    const { items } = await meta.client.list(resources.Pod, { namespace });
    return items
      .filter(({ metadata: { annotations = {} } }) => annotations[MARK] === ROLLED[MARK])
      .map(({ metadata }) => metadata.name)
      .toSorted();
  }

  /** When each member began and ended a defragmentation, as its own log has it; milliseconds since the epoch. */
  async function turnsOf(names: Iterable<string>): Promise<Turn[]> {
    const turns = Array.from(names, async (name) => {
      const log = await meta.kubectl.run('-n', hosted.namespace, 'logs', name, '-c', 'etcd');
      const at = (message: string) => timeOf(log, message);
      return { name, began: at('defragmenting'), ended: at('finished defragmenting directory') };
    });
    return (await Promise.all(turns)).toSorted((a, b) => a.began - b.began);
  }

  it('become three, one after the other, also when the service is killed meanwhile', async () => {
    const writer = await writing('grow');
    await change({ plan: 'dev-three' });
    await meta.until(resources.ConfigMap, 'the change to be on record', (maps) => {
      const { change: kind } = maps.get({ namespace: hosted.namespace, name: 'etcd-members' })?.data ?? {};
      return kind === 'Joining';
    });
    process.kill(await meta.servicePid(), 'SIGKILL');
    await hosted.ready(PATIENCE_MS);
    expect([...(await members(3)).keys()]).toEqual(['etcd-0', 'etcd-1', 'etcd-2']);
    expect(await writer.missing()).toEqual([]);
    const updates = (await hosted.operations()).filter(({ spec }) => spec.type === 'Update');
    expect(updates.map(({ status }) => status?.state)).toEqual(['Succeeded']);
  });

  it('replace the one that lost its volume, and serve meanwhile', async () => {
    const before = await members(3);
    const writer = await writing('wipe');
    await losesItsVolume('etcd-1');
    await goesOn(writer);
    await anotherVotes('etcd-1', before);
    await hosted.ready(PATIENCE_MS);
    const after = await members(3);
    expect([after.get('etcd-0'), after.get('etcd-2')]).toEqual([before.get('etcd-0'), before.get('etcd-2')]);
    expect(await writer.missing()).toEqual([]);
  });

  it('come back when one is killed, and when all are', async () => {
    const before = await members(3);
    const writer = await writing('kill');
    await kill('etcd-0');
    await goesOn(writer);
    const pods = await hosted.pods('etcd');
    await Promise.all([...before.keys()].map(kill));
    await hosted.condition('EtcdReady', 'False', PATIENCE_MS);
    await hosted.replaced('etcd', pods, { count: 3, timeoutMs: PATIENCE_MS });
    await hosted.ready(PATIENCE_MS);
    expect(await writer.missing()).toEqual([]);
    expect(await members(3)).toEqual(before);
  });

  it('are replaced when somebody asks for it, after those that a change restarts', async () => {
    const before = await members(3);
    const volume = await volumeOf('etcd-1');
    const writer = await writing('replace');
    await roll();
    await meta.berth('etcd', 'replace-member', hosted.name, 'etcd-1', '--yes', '--wait', '--timeout', '5m');
    expect(await rolled()).toEqual([...before.keys()]);
    await goesOn(writer);
    await anotherVotes('etcd-1', before);
    await hosted.ready(PATIENCE_MS);
    const after = await members(3);
    expect([after.get('etcd-0'), after.get('etcd-2')]).toEqual([before.get('etcd-0'), before.get('etcd-2')]);
    expect(await volumeOf('etcd-1')).not.toBe(volume);
    expect(await writer.missing()).toEqual([]);
  });

  it('give free pages back one at a time, the leader last', async () => {
    const names = [...(await members(3)).keys()];
    const { defragmentedAt } = (await hosted.status()).etcd ?? {};
    await meta.berth('etcd', 'defrag', hosted.name, '--wait');
    const turns = await turnsOf(names);
    turns
      .slice(1)
      .forEach(({ began }, index) => expect(began).toBeGreaterThanOrEqual(turns[index]?.ended ?? 0));
    // The operation ends before the status tells what came of it.
    const told = await meta.until(berthResources.Cluster, 'the status to tell of it', (clusters) => {
      const { etcd } = clusters.get(hosted)?.status ?? {};
      return etcd?.defragmentedAt !== defragmentedAt && etcd?.members;
    });
    expect(turns.at(-1)?.name).toBe(told.find(({ leader }) => leader)?.name);
    const asked = (await hosted.operations()).find(({ spec }) => spec.type === 'Defragment');
    const steps = asked?.status?.steps ?? [];
    expect(steps.map(({ name }) => name)).toEqual(turns.map(({ name }) => `Defragment ${name}`));
    expect(steps.map(({ message = '' }) => message.includes('the leader'))).toEqual([false, false, true]);
  });

  it('become one again, and the volumes of those that left go', async () => {
    const writer = await writing('shrink');
    await change({ plan: 'dev' });
    await hosted.ready(PATIENCE_MS);
    expect([...(await members(1)).keys()]).toEqual(['etcd-0']);
    // The only API server was away with the only member while that one started anew.
    const access = await accessOf(kubectl);
    await eventually(() => answersOn(access), 'the ingress to have taken the last route');
    expect(await writer.missing()).toEqual([]);
    expect(await claims()).toEqual(['data-etcd-0']);
  });

  it('begin nothing anew when the only one loses its volume: the way out is told, and it works', async () => {
    await kubectl.run('create', 'configmap', 'precious', '--from-literal=a=1');
    await meta.berth('backup', 'create', hosted.name, '--name', 'rescue', '--wait');
    await losesItsVolume('etcd-0');
    const lost = await meta.until(
      berthResources.Cluster,
      'the loss to be told',
      (clusters) => {
        const ready = findCondition(clusters.get(hosted)?.status?.conditions, 'Ready');
        return ready?.reason === 'DataLost' && ready;
      },
      PATIENCE_MS,
    );
    expect(lost.message).toContain(`berth cluster restore ${hosted.name}`);
    expect(findCondition((await hosted.status()).conditions, 'Stalled')?.status).toBe('True');
    await meta.berth('cluster', 'restore', hosted.name, '--backup', 'rescue', '--yes', '--wait');
    await hosted.ready(PATIENCE_MS);
    expect(await kubectl.run('get', 'configmap', 'precious', '-o', 'jsonpath={.data.a}')).toBe('1');
  });
});
