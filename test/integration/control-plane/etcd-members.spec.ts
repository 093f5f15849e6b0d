/** What Berth asks of etcd beyond snapshots, asked of real members. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { hasLostData } from '../../../src/clusters/etcd/lost-members.js';
import { NOBODY } from '../../../src/clusters/etcd/members-record.js';
import { EtcdClient } from '../../../src/control-plane/etcd/client/etcd-client.js';
import { Child } from '../../support/child.js';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/free-port.js';
import { etcdBinary } from '../../support/kube-binaries.js';

const QUOTA = 16 * 1024 * 1024;

/** One member on loopback. */
class Member {
  readonly peerUrl: string;
  readonly clientUrl: string;
  client!: EtcdClient;
  #child: Child | undefined;

  constructor(
    readonly name: string,
    private readonly directory: string,
    { peer, client }: { peer: number; client: number },
  ) {
    this.peerUrl = `http://127.0.0.1:${peer}`;
    this.clientUrl = `http://127.0.0.1:${client}`;
  }

  async start(
    members: readonly Pick<Member, 'name' | 'peerUrl'>[],
    state: 'new' | 'existing',
  ): Promise<Child> {
    this.#child = new Child(await etcdBinary(), [
      `--name=${this.name}`,
      `--data-dir=${join(this.directory, this.name)}`,
      `--listen-client-urls=${this.clientUrl}`,
      `--advertise-client-urls=${this.clientUrl}`,
      `--listen-peer-urls=${this.peerUrl}`,
      `--initial-advertise-peer-urls=${this.peerUrl}`,
      `--initial-cluster=${members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',')}`,
      `--initial-cluster-state=${state}`,
      `--quota-backend-bytes=${QUOTA}`,
      '--unsafe-no-fsync',
      '--log-level=error',
    ]);
    this.client = await EtcdClient.open({ dial: new URL(this.clientUrl).host });
    return this.#child;
  }

  wipe(): Promise<void> {
    return rm(join(this.directory, this.name), { recursive: true });
  }

  async put(key: string, value: string): Promise<boolean> {
    const body = JSON.stringify({ key: base64(key), value: base64(value) });
    return (await fetch(`${this.clientUrl}/v3/kv/put`, { method: 'POST', body })).ok;
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.#child?.kill();
  }
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
let directory: string;
let first: Member;
let second: Member;

async function member(name: string): Promise<Member> {
  return new Member(name, directory, { peer: await freePort(), client: await freePort() });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-etcd-'));
  [first, second] = [await member('first'), await member('second')];
  await first.start([first], 'new');
  await eventually(() => first.put('a', '1').catch(() => false), 'etcd to answer', 30_000);
}, 60_000);

afterAll(async () => {
  await Promise.all([first, second].map((one) => one.stop()));
  await rm(directory, { recursive: true, force: true });
});

it('adds a member that learns, and gives it a vote when it has caught up', async () => {
  await first.client.addLearner(second.peerUrl);
  const [learner] = (await first.client.members()).filter(({ isLearner }) => isLearner);
  expect(learner).toMatchObject({ name: '', peerUrls: [second.peerUrl] });
  expect(await first.client.promote(learner?.id ?? '')).toBe(false);
  await second.start([first, second], 'existing');
  await eventually(() => first.client.promote(learner?.id ?? ''), 'the learner to get its vote', 30_000);
  const members = await second.client.members();
  expect(members.map(({ name, isLearner }) => `${name} ${isLearner}`).toSorted()).toEqual([
    'first false',
    'second false',
  ]);
}, 60_000);

it('hands leadership over, and sees that members hold the same', async () => {
  const { memberId } = await second.client.status();
  await first.client.moveLeader(memberId);
  await eventually(async () => (await first.client.status()).leaderId === memberId, 'the new leader', 10_000);
  const { revision } = await first.client.status();
  expect(await first.client.hash(revision)).toMatchObject({
    hash: (await second.client.hash(revision)).hash,
  });
});

it('takes a member out', async () => {
  const { memberId } = await second.client.status();
  await second.client.moveLeader((await first.client.status()).memberId);
  // etcd refuses while members have not known each other for some seconds.
  const remove = () =>
    first.client.removeMember(memberId).then(
      () => true,
      () => false,
    );
  await eventually(remove, 'etcd to let it go', 20_000);
  expect(await first.client.members()).toHaveLength(1);
}, 30_000);

it('lets go of history, gives its pages back, and takes an alarm back', async () => {
  const large = 'x'.repeat(1024 * 1024);
  while (await first.put('large', large));
  expect(await first.client.alarms()).toMatchObject([{ alarm: 'NOSPACE' }]);
  const full = await first.client.status();
  await first.client.compact(full.revision);
  await first.client.compact(full.revision);
  await first.client.defragment();
  const { dbSize } = await first.client.status();
  expect(dbSize).toBeLessThan(full.dbSize / 2);
  for (const { memberId, alarm } of await first.client.alarms()) await first.client.disarm(memberId, alarm);
  expect(await first.client.alarms()).toEqual([]);
  expect(await first.put('b', '2')).toBe(true);
}, 60_000);

it('goes on with its data although the list of members names nobody, and without its data it ends', async () => {
  const [name = '', peerUrl = ''] = NOBODY.split('=');
  const nobody = [{ name, peerUrl }];
  await first.stop();
  await first.start(nobody, 'existing');
  await eventually(() => first.put('c', '3').catch(() => false), 'etcd to answer again', 30_000);
  await first.stop();
  await first.wipe();
  const child = await first.start(nobody, 'existing');
  expect(await child.exited).toBe(1);
  const terminated = { exitCode: 1, message: child.output.slice(-2048) };
  const container = { name: 'etcd', ready: false, state: { terminated } };
  expect(
    hasLostData({ status: { containerStatuses: [container] } } as Parameters<typeof hasLostData>[0]),
  ).toBe(true);
}, 60_000);
