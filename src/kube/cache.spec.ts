import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../test/support/manual-clock.js';
import { byLabel, byOwner, Cache, type CacheChange } from './cache.js';
import { enqueueChanges, resyncEvery } from './sources.js';
import { keyOf, type KubeObject, refOf } from './types.js';
import { PRIORITY, WorkQueue } from './work-queue.js';

let version = 0;

function object(name: string, extra: Partial<KubeObject['metadata']> = {}): KubeObject {
  const resourceVersion = `${++version}`;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'ns', resourceVersion, ...extra },
  };
}

function watched(cache: Cache): CacheChange<KubeObject>[] {
  const changes: CacheChange<KubeObject>[] = [];
  cache.onChange((change) => void changes.push(change));
  return changes;
}

describe('keys', () => {
  it('name an object and back', () => {
    expect(keyOf(object('a'))).toBe('ns/a');
    expect(refOf('ns/a')).toEqual({ namespace: 'ns', name: 'a' });
    expect(refOf(keyOf({ name: 'node' }))).toEqual({ name: 'node' });
  });
});

describe('a cache', () => {
  it('becomes equal to a list, telling what that changed', () => {
    const cache = new Cache();
    const changes = watched(cache);
    const [gone, kept, old] = [object('gone'), object('kept'), object('changed')];
    cache.replaceAll([gone, kept, old]);
    expect(changes.splice(0).map((change) => change.type === 'added' && change.initial)).toEqual([
      true,
      true,
      true,
    ]);

    const changed = object('changed');
    cache.replaceAll([kept, changed, object('new')]);
    expect(changes).toMatchObject([
      { type: 'deleted', key: 'ns/gone' },
      { type: 'updated', old: { metadata: old.metadata }, object: { metadata: changed.metadata } },
      { type: 'added', key: 'ns/new', initial: false },
    ]);
    expect(cache.list().map(keyOf)).toEqual(['ns/kept', 'ns/changed', 'ns/new']);
  });

  it('tells a late listener what is there', () => {
    const cache = new Cache();
    cache.put(object('a'));
    expect(watched(cache)).toMatchObject([{ type: 'added', key: 'ns/a', initial: true }]);
  });

  it('keeps its indexes with every change, also those asked for late', () => {
    const byApp = byLabel('app');
    const cache = new Cache();
    cache.put(
      object('a', {
        labels: { app: 'x' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'o', uid: 'u' }],
      }),
    );
    cache.put(object('b', { labels: { app: 'x' } }));
    const names = (value: string) => cache.by(byApp, value).map(({ metadata }) => metadata.name);
    expect(names('x')).toEqual(['a', 'b']);
    cache.put(object('b', { labels: { app: 'y' } }));
    cache.remove('ns/a');
    expect([names('x'), names('y')]).toEqual([[], ['b']]);
    expect(cache.by(byOwner, 'u')).toEqual([]);
    cache.put(object('far', { namespace: 'other' }));
    expect(cache.list('other').map(keyOf)).toEqual(['other/far']);
  });

  it('hands out objects that cannot be changed by accident', () => {
    const cache = new Cache();
    cache.put(object('a', { labels: { app: 'x' } }));
    const { labels = {} } = cache.get('ns/a')!.metadata;
    expect(() => (labels['app'] = 'y')).toThrow(TypeError);
  });

  it('keeps of managedFields only our own', () => {
    const cache = new Cache();
    const managedFields = [{ manager: 'kubelet' }, { manager: 'berth-cluster' }];
    cache.put(object('a', { managedFields }));
    expect(cache.get('ns/a')!.metadata.managedFields).toEqual([{ manager: 'berth-cluster' }]);
    expect(managedFields).toHaveLength(2);
  });
});

describe('sources', () => {
  it('queue what was there at low priority and changes at normal', async () => {
    const queue = new WorkQueue({ clock: new ManualClock() });
    const cache = new Cache();
    const stop = enqueueChanges(cache, queue);
    cache.replaceAll([object('a'), object('b')]);
    cache.put(object('b'));
    expect(await queue.next()).toMatchObject({ key: 'ns/b', priority: PRIORITY.normal });
    expect(await queue.next()).toMatchObject({ key: 'ns/a', priority: PRIORITY.low });
    stop();
    cache.put(object('c'));
    expect(queue.length).toBe(0);
  });

  it('queue the keys of both the old and the new object', () => {
    const queue = new WorkQueue({ clock: new ManualClock() });
    const cache = new Cache();
    cache.put(object('a', { labels: { cluster: 'one' } }));
    const added: string[] = [];
    queue.add = (key) => void added.push(key);
    enqueueChanges(cache, queue, ({ metadata }) => Object.values(metadata.labels ?? {}));
    cache.put(object('a', { labels: { cluster: 'two' } }));
    expect(added).toEqual(['one', 'one', 'two']);
  });

  it('come again for everything, spread over the period', async () => {
    const clock = new ManualClock();
    const queue = new WorkQueue({ clock });
    const cache = new Cache();
    cache.put(object('a'));
    const stop = resyncEvery(60_000, cache, queue, keyOf, { clock, random: () => 0.5 });
    const item = queue.next();
    await clock.advance(89_999);
    expect(queue.processing).toBe(0);
    await clock.advance(1);
    expect(await item).toMatchObject({ key: 'ns/a', priority: PRIORITY.low });
    stop();
    queue.done('ns/a');
    await clock.advance(600_000);
    expect(queue.length).toBe(0);
  });
});
