import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Election, type ElectionOptions, type Fence } from '../../../src/kube/election.js';
import { leadWith } from '../../../src/kube/leader-work.js';
import { resources } from '../../../src/kube/resources.js';
import { Runner } from '../../../src/kube/runner.js';
import { WorkQueue } from '../../../src/kube/work-queue.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';

const times = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 200 };

let server: TestApiServer;

beforeAll(async () => {
  server = await startKubeApiServer();
}, 90_000);

afterAll(async () => {
  await server?.stop();
});

/** A candidate that notes its terms; `killed` candidates stop renewing without letting the lease go. */
async function candidate(lease: string, identity: string, options: Partial<ElectionOptions> = {}) {
  const client = await server.client();
  const started = Promise.withResolvers<Fence>();
  const ended = Promise.withResolvers<void>();
  const stop = new AbortController();
  const election = new Election({
    client,
    identity,
    lease: { namespace: 'default', name: lease },
    lead: async (signal, fence) => {
      started.resolve(fence);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      ended.resolve();
    },
    ...times,
    ...options,
  });
  const running = election.run(stop.signal);
  return {
    election,
    leading: started.promise,
    lost: ended.promise,
    stop: async () => {
      stop.abort();
      await running;
    },
    /** As `kill -9` of its process looks to the others. */
    kill: async () => client.close(),
  };
}

describe('an election', () => {
  it('hands over at once when the leader stops, and counts the terms', async () => {
    const one = await candidate('handover', 'one');
    expect(await one.leading).toEqual({ identity: 'one', transitions: 0 });
    const two = await candidate('handover', 'two', { leaseDurationMs: 60_000 });
    expect(two.election.leading).toBe(false);

    const before = performance.now();
    await one.stop();
    expect(await two.leading).toEqual({ identity: 'two', transitions: 1 });
    expect(performance.now() - before).toBeLessThan(times.leaseDurationMs);
    expect(one.election.leading).toBe(false);
    await two.stop();
  }, 30_000);

  it('takes over from a leader that was killed, but not before its lease ran out', async () => {
    const one = await candidate('killed', 'one');
    await one.leading;
    const two = await candidate('killed', 'two');
    const before = performance.now();
    await one.kill();
    expect(await two.leading).toEqual({ identity: 'two', transitions: 1 });
    expect(performance.now() - before).toBeGreaterThan(times.leaseDurationMs - times.retryPeriodMs * 2);
    await one.lost;
    await two.stop();
    await one.stop();
  }, 30_000);

  it('stops the work of a leader that is cut off before another may begin', async () => {
    const one = await candidate('cut-off', 'one');
    await one.leading;
    const before = performance.now();
    server.freeze();
    await one.lost;
    const after = performance.now() - before;
    server.unfreeze();
    expect(after).toBeLessThan(times.leaseDurationMs);
    await one.stop();
  }, 30_000);

  it('aborts what a leader that is cut off has under way before another may begin', async () => {
    const begun = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const queue = new WorkQueue({});
    const runner = new Runner({
      name: 'endless',
      queue,
      reconcile: async (_key, { signal }) => {
        begun.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        over.resolve();
        return { kind: 'done' };
      },
    });
    const work = { start: async () => runner.start(), stop: (graceMs?: number) => runner.stop(graceMs) };
    queue.add('a');
    const one = await candidate('under-way', 'one', { lead: (signal) => leadWith([work], signal) });
    await begun.promise;
    const before = performance.now();
    server.freeze();
    await over.promise;
    const after = performance.now() - before;
    server.unfreeze();
    expect(after).toBeLessThan(times.leaseDurationMs);
    await one.stop();
  }, 30_000);

  it('never has two leaders, and keeps the lease until the work has ended', async () => {
    const name = 'one-at-a-time';
    let leaders = 0;
    let most = 0;
    const terms: number[] = [];
    const lead: ElectionOptions['lead'] = async (signal, { transitions }) => {
      most = Math.max(most, ++leaders);
      terms.push(transitions);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      // Winding down takes a while.
      await new Promise((resolve) => setTimeout(resolve, 300));
      leaders--;
    };
    const candidates = await Promise.all(
      ['a', 'b', 'c'].map(async (identity) => candidate(name, identity, { lead })),
    );
    for (let stopped = 0; stopped < 3; stopped++) {
      const leader = await leaderOf(candidates, () => leaders === 1);
      await leader.stop();
    }
    expect(most).toBe(1);
    expect(terms).toEqual([0, 1, 2]);
    const client = await server.client();
    const lease = await client.get(resources.Lease, { namespace: 'default', name });
    expect(lease.spec?.holderIdentity).toBe('');
  }, 60_000);

  it('begins a new term when somebody deletes the lease', async () => {
    const one = await candidate('deleted', 'one');
    expect((await one.leading).transitions).toBe(0);
    const client = await server.client();
    const ref = { namespace: 'default', name: 'deleted' };
    await client.delete(resources.Lease, ref);
    await one.lost;
    for await (const { object } of client.watch(resources.Lease, {
      namespace: 'default',
      resourceVersion: '0',
    })) {
      if (object.metadata.name === ref.name && object.spec?.leaseTransitions === 1) break;
    }
    await one.stop();
  }, 30_000);
});

type Candidate = Awaited<ReturnType<typeof candidate>>;

async function leaderOf(candidates: readonly Candidate[], ready: () => boolean): Promise<Candidate> {
  for (;;) {
    const leader = candidates.find(({ election }) => election.leading);
    if (leader && ready()) return leader;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
