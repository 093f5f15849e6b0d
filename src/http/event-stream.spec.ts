import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Cache } from '../kube/cache.js';
import type { Informer } from '../kube/informers.js';
import { customResource } from '../kube/resources.js';
import type { KubeObject } from '../kube/types.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { EventStreams } from './event-stream.js';
import { Feed } from './feed.js';

const object = (name: string, resourceVersion: number): KubeObject => ({
  apiVersion: 'x/v1',
  kind: 'Thing',
  metadata: { name, resourceVersion: String(resourceVersion), uid: name },
});

describe(EventStreams.name, () => {
  let cache: Cache;
  let feed: Feed<KubeObject>;
  let streams: EventStreams;
  const all = { matches: () => true, present: ({ metadata }: KubeObject) => metadata.name };

  beforeEach(async () => {
    cache = new Cache();
    cache.replaceAll([object('a', 5)]);
    const resource = customResource('x/v1', { kind: 'Thing' });
    const informer: Informer = { resource, cache, synced: Promise.resolve(), failure: () => undefined };
    feed = new Feed(informer, { history: 3 });
    await feed.start();
    streams = new EventStreams();
  });

  const drained = async (lastEventId?: string) => {
    const stream = streams.open(feed, { ...all, lastEventId });
    const received = text(stream);
    await new Promise((resolve) => setImmediate(resolve));
    streams.drain();
    return (await received).split('\n\n').filter((block) => block.includes('data:'));
  };

  it('gives no id that would let a client miss what happened before the process began', async () => {
    expect(await drained()).toEqual(['data: {"type":"ADDED","object":"a"}', 'data: {"type":"BOOKMARK"}']);
  });

  it('goes on after an event of its history, deletions included', async () => {
    cache.put(object('b', 7));
    cache.remove('a');
    cache.put(object('c', 9));
    expect(await drained('7')).toEqual([
      'data: {"type":"DELETED","object":"a"}',
      'id: 9\ndata: {"type":"ADDED","object":"c"}',
    ]);
  });

  it('begins anew when the event has left the history', async () => {
    for (const version of [6, 7, 8, 9]) cache.put(object('b', version));
    const [first, ...rest] = await drained('6');
    expect(first).toBe('data: {"type":"RESET"}');
    expect(rest.at(-1)).toBe('id: 9\ndata: {"type":"BOOKMARK"}');
  });

  it('cuts off a reader that falls too far behind, and forgets it', async () => {
    const stream = streams.open(feed, all);
    const large = { ...all, present: () => 'x'.repeat(100_000) };
    const slow = streams.open(feed, large);
    for (let i = 0; i < 2000; i++) cache.put(object('b', 10 + i));
    expect(streams.size).toBe(2);
    slow.resume();
    await new Promise((resolve) => slow.once('close', resolve));
    stream.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    expect(streams.size).toBe(0);
  });

  it('tells a watcher that it is there, also while others have all the news', async () => {
    const clock = new ManualClock();
    const stream = new EventStreams(clock).open(feed, { ...all, matches: () => false });
    let told = '';
    stream.on('data', (chunk: Buffer) => (told += chunk.toString()));
    for (let second = 1; second <= 31; second++) {
      await clock.advance(1000);
      cache.put(object('b', 10 + second));
      await new Promise((resolve) => setImmediate(resolve));
    }
    stream.destroy();
    expect(told.split('still here')).toHaveLength(3);
  });

  it('opens nothing while it stops', () => {
    streams.drain();
    expect(() => streams.open(feed, all)).toThrow(expect.objectContaining({ code: 'Draining', status: 503 }));
  });
});
