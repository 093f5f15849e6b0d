import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../../src/core/logging.js';
import type { CacheChange, CacheReader } from '../../../src/kube/cache.js';
import { KubeClient } from '../../../src/kube/client.js';
import { Informers, type InformersOptions } from '../../../src/kube/informers.js';
import { resources } from '../../../src/kube/resources.js';
import type { KubeObject } from '../../../src/kube/types.js';
import { when } from '../../support/eventually.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

let server: TestApiServer;
let client: KubeClient;

beforeAll(async () => {
  server = await startKubeApiServer();
  client = await server.client();
}, 90_000);

const running: Informers[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((informers) => informers.close()));
});

afterAll(async () => {
  await server?.stop();
});

function informersOf(reader: KubeClient, options: InformersOptions = {}): Informers {
  const informers = new Informers(reader, options);
  running.push(informers);
  return informers;
}

/** An informer of the ConfigMaps of a namespace of its own, and the lines it logs. */
async function informerOf(namespace: string, options: InformersOptions = {}, reader: KubeClient = client) {
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const log: string[] = [];
  const logger = createLogger({ destination: { write: (line) => void log.push(line) } });
  const informers = informersOf(reader, { logger, ...options });
  const { cache, synced } = informers.informer(resources.ConfigMap, { namespace });
  await synced;
  return { informers, cache, log };
}

async function put(namespace: string, name: string, data: Record<string, string> = {}): Promise<KubeObject> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
  return client.apply(object, { fieldManager: 'berth-test' });
}

async function until(cache: CacheReader<KubeObject>, what: string, holds: () => boolean): Promise<void> {
  await when(holds, (listener) => cache.onChange(listener), what);
}

describe('an informer', () => {
  it('follows additions, changes with the old object, and deletions', async () => {
    await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'follow' } });
    await put('follow', 'there-before');
    const informers = informersOf(client);
    const { cache, synced } = informers.informer(resources.ConfigMap, { namespace: 'follow' });
    const changes: CacheChange<KubeObject>[] = [];
    cache.onChange((change) => void changes.push(change));
    await synced;

    await put('follow', 'a', { v: '1' });
    await put('follow', 'a', { v: '2' });
    await client.delete(resources.ConfigMap, { namespace: 'follow', name: 'a' });
    await until(cache, 'the deletion', () => changes.length >= 4);
    expect(changes).toMatchObject([
      { type: 'added', key: 'follow/there-before', initial: true },
      { type: 'added', key: 'follow/a', initial: false },
      { type: 'updated', old: { data: { v: '1' } }, object: { data: { v: '2' } } },
      { type: 'deleted', old: { data: { v: '2' } } },
    ]);
    expect(cache.list('follow').map(({ metadata }) => metadata.name)).toEqual(['there-before']);
  });

  it('is shared by all who ask for the same', async () => {
    const informers = informersOf(client);
    const scope = { namespace: 'default', labelSelector: 'a=b' };
    expect(informers.informer(resources.Secret, { ...scope })).toBe(
      informers.informer(resources.Secret, scope),
    );
    expect(informers.informer(resources.Secret)).not.toBe(informers.informer(resources.Secret, scope));
    await informers.synced();
  });

  it('pages through a list larger than a page', async () => {
    await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'large' } });
    await Promise.all(Array.from({ length: 1_100 }, async (_, index) => put('large', `n-${index}`)));
    const informers = informersOf(client);
    const { cache, synced } = informers.informer(resources.ConfigMap, { namespace: 'large' });
    await synced;
    expect(cache.size).toBe(1_100);
  }, 60_000);
});

describe('when the API server is killed', () => {
  it('goes on from where it was after the restart, without a new list', async () => {
    const { cache, log } = await informerOf('killed');
    await put('killed', 'before');
    await until(cache, 'before', () => cache.size >= 1);

    await server.kill();
    await server.restart();
    await put('killed', 'after');
    await until(cache, 'after', () => cache.get('killed/after') !== undefined);
    expect(log.join('')).toContain('trying again');
    expect(log.join('')).not.toContain('listing again');
  }, 90_000);

  it('lists again when its place in history is compacted away, and sees what was deleted meanwhile', async () => {
    const { cache, log } = await informerOf('compacted');
    await put('compacted', 'kept');
    await put('compacted', 'lost');
    await until(cache, 'both', () => cache.get('compacted/kept') !== undefined && cache.size >= 2);

    await server.kill();
    await server.deleteFromEtcd('configmaps/compacted/lost');
    await server.compact();
    await server.restart();
    await until(cache, 'the deletion', () => cache.get('compacted/lost') === undefined);
    expect(cache.get('compacted/kept')).toBeDefined();
    expect(log.join('')).toContain('listing again');
  }, 90_000);

  it('synchronises once it is there, when it was away at the start', async () => {
    await server.kill();
    const informers = informersOf(client);
    const { cache, synced } = informers.informer(resources.Namespace);
    await expect(informers.synced(AbortSignal.timeout(300))).rejects.toThrow();
    await server.restart();
    await synced;
    expect(cache.get('default')).toBeDefined();
  }, 90_000);
});

describe('when the connection breaks', () => {
  it('connects again after a cut', async () => {
    await using proxy = await TcpProxy.start(server.url);
    const proxied = await server.client('admin', {}, proxy.address);
    const { cache } = await informerOf('cut', {}, proxied);
    await put('cut', 'before');
    await until(cache, 'before', () => cache.get('cut/before') !== undefined);
    proxy.cut();
    await put('cut', 'after');
    await until(cache, 'after', () => cache.get('cut/after') !== undefined);
  }, 30_000);

  it('finds out that a connection is dead although it is open', async () => {
    await using proxy = await TcpProxy.start(server.url);
    const proxied = await server.client('admin', {}, proxy.address);
    const { cache, log } = await informerOf('silent', { silenceMs: 1_000 }, proxied);
    await put('silent', 'before');
    await until(cache, 'before', () => cache.get('silent/before') !== undefined);
    proxy.silence();
    await put('silent', 'after');
    await until(cache, 'after', () => cache.get('silent/after') !== undefined);
    expect(log.join('')).toContain('trying again');
  }, 30_000);

  it('closes at once, with nothing left open', async () => {
    await using proxy = await TcpProxy.start(server.url);
    const proxied = await server.client('admin', {}, proxy.address);
    const { informers } = await informerOf('closing', {}, proxied);
    await informers.close();
    await proxied.close();
    await proxied.close();
    await when(
      () => proxy.open === 0,
      (listener) => {
        const timer = setInterval(listener, 20);
        return () => clearInterval(timer);
      },
      'all connections to be closed',
    );
  });
});
