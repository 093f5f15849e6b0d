import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BerthError } from '../../../src/core/errors.js';
import { Metrics } from '../../../src/core/metrics.js';
import { KubeClient } from '../../../src/kube/client.js';
import { connectionFromKubeconfig, connectionTo } from '../../../src/kube/connection.js';
import {
  isAlreadyExists,
  isConflict,
  isForbidden,
  isInvalid,
  isNotFound,
  isUnauthorized,
  isUnreachable,
  KubeError,
} from '../../../src/kube/kube-error.js';
import { customResource, resources } from '../../../src/kube/resources.js';
import type { KubeObject } from '../../../src/kube/types.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/free-port.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';

let server: TestApiServer;
let client: KubeClient;

beforeAll(async () => {
  server = await startKubeApiServer({ users: { alice: ['people'] } });
  client = await server.client();
}, 90_000);

afterAll(async () => {
  await server?.stop();
});

function configMap(name: string, data: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

async function errorOf(promise: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KubeError);
  return error as KubeError;
}

async function isDiscovered(object: KubeObject): Promise<boolean> {
  try {
    return (await client.discovery.resourceOf(object)) !== undefined;
  } catch (error) {
    if (error instanceof BerthError && error.code === 'UnknownKind') return false;
    throw error;
  }
}

describe('objects', () => {
  it('creates, reads, replaces and deletes', async () => {
    const created = await client.create(configMap('crud', { a: '1' }));
    const read = await client.get(resources.ConfigMap, { namespace: 'default', name: 'crud' });
    expect(read.data).toEqual({ a: '1' });

    const replaced = await client.replace({ ...created, data: { a: '2' } });
    expect(replaced['data']).toEqual({ a: '2' });
    expect(isConflict(await errorOf(client.replace(created)))).toBe(true);

    const ref = { namespace: 'default', name: 'crud' };
    expect(await client.delete(resources.ConfigMap, ref)).toBe(true);
    expect(await client.delete(resources.ConfigMap, ref)).toBe(false);
    expect(await client.find(resources.ConfigMap, ref)).toBeUndefined();
  });

  it('refuses a delete whose preconditions do not hold', async () => {
    const { metadata } = await client.create(configMap('precondition'));
    const refused = client.delete(resources.ConfigMap, metadata, { preconditions: { uid: 'another' } });
    expect(isConflict(await errorOf(refused))).toBe(true);
    const { resourceVersion } = metadata;
    expect(await client.delete(resources.ConfigMap, metadata, { preconditions: { resourceVersion } })).toBe(
      true,
    );
  });

  it('patches in every way', async () => {
    const { metadata } = await client.create(configMap('patched', { a: '1' }));
    await client.patch(resources.ConfigMap, metadata, { data: { b: '2' } });
    await client.patch(resources.ConfigMap, metadata, { data: { c: '3' } }, { type: 'strategic' });
    const json = [{ op: 'remove', path: '/data/a' }];
    const patched = await client.patch(resources.ConfigMap, metadata, json, { type: 'json' });
    expect(patched.data).toEqual({ b: '2', c: '3' });
  });

  it('stores nothing in a dry run', async () => {
    const dry = await client.apply(configMap('dry'), { fieldManager: 'berth-test', dryRun: true });
    expect(dry.metadata.uid).toBeDefined();
    expect(await client.find(resources.ConfigMap, dry.metadata)).toBeUndefined();
  });

  it('reports whose field it is when an apply does not force', async () => {
    await client.apply(configMap('contended', { a: '1' }), { fieldManager: 'berth-one' });
    const theirs = configMap('contended', { a: '2' });
    const error = await errorOf(client.apply(theirs, { fieldManager: 'berth-two', force: false }));
    expect(isConflict(error)).toBe(true);
    expect(error.fields).toEqual([
      expect.objectContaining({ path: '.data.a', code: 'FieldManagerConflict' }),
    ]);
    expect((await client.apply(theirs, { fieldManager: 'berth-two' }))['data']).toEqual({ a: '2' });
  });

  it('keeps fields that no model knows', async () => {
    const widgets = customResource('example.dev/v1', { kind: 'Widget' });
    await client.create({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.dev' },
      spec: {
        group: 'example.dev',
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    });
    const widget = {
      apiVersion: 'example.dev/v1',
      kind: 'Widget',
      metadata: { name: 'one', namespace: 'default' },
      spec: { knob: { deep: [1, { futureKnob: true }] }, when: '2026-11-21T00:00:00Z' },
    };
    await eventually(
      () => isDiscovered(widget),
      'discovery to list Widgets, which it does after Established',
    );
    const applied = await client.apply(widget, { fieldManager: 'berth-test' });
    const again = await client.replace(applied);
    expect(again['spec']).toEqual(widget.spec);
    expect((await client.list(widgets)).items[0]?.['spec']).toEqual(widget.spec);
  });

  it('says when the cluster does not serve a kind', async () => {
    const gadget = { apiVersion: 'nowhere.dev/v1', kind: 'Gadget', metadata: { name: 'a' } };
    await expect(client.create(gadget)).rejects.toMatchObject({ code: 'UnknownKind' });
  });
});

describe('lists', () => {
  const total = 1_203;

  beforeAll(async () => {
    const names = Array.from({ length: total }, (_, index) => `many-${index}`);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'many' } };
    await client.create(namespace);
    await Promise.all(
      names.map(async (name) =>
        client.create({
          ...configMap(name),
          metadata: { name, namespace: 'many', labels: { odd: `${name.length % 2}` } },
        }),
      ),
    );
  }, 60_000);

  it('pages through everything once', async () => {
    const { items, resourceVersion } = await client.list(resources.ConfigMap, {
      namespace: 'many',
      limit: 100,
    });
    expect(new Set(items.map(({ metadata }) => metadata.name)).size).toBe(total);
    expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(Number(resourceVersion)).toBeGreaterThan(0);
  });

  it('goes on when history is compacted between two pages', async () => {
    const seen = new Set<string>();
    const metrics = new Metrics();
    const counted = await server.client('admin', { metrics });
    for await (const page of counted.pages(resources.ConfigMap, { namespace: 'many', limit: 300 })) {
      for (const { metadata } of page) seen.add(metadata.name);
      if (seen.size === 300) {
        await client.create({ ...configMap('zz-late'), metadata: { name: 'zz-late', namespace: 'many' } });
        await server.compact();
        // A new API server has no snapshots of old lists in memory either.
        await server.restart();
      }
    }
    expect(seen.size).toBeGreaterThanOrEqual(total);
    expect((await metrics.expose()).body).toContain('rest_client_requests_total{method="GET",code="410"} 1');
  }, 60_000);

  it('deletes a collection by label', async () => {
    await client.deleteCollection(resources.ConfigMap, { namespace: 'many', labelSelector: 'odd=1' });
    const { items } = await client.list(resources.ConfigMap, { namespace: 'many', labelSelector: 'odd=1' });
    expect(items).toEqual([]);
  });
});

describe('errors', () => {
  it('are typed', async () => {
    await client.create(configMap('twice'));
    expect(isAlreadyExists(await errorOf(client.create(configMap('twice'))))).toBe(true);
    expect(
      isNotFound(await errorOf(client.get(resources.ConfigMap, { namespace: 'default', name: 'no' }))),
    ).toBe(true);
    const invalid = await errorOf(client.create(configMap('Not_A_Name')));
    expect(isInvalid(invalid)).toBe(true);
    expect(invalid.fields).toEqual([
      expect.objectContaining({ path: 'metadata.name', code: 'FieldValueInvalid' }),
    ]);
    expect(invalid).toMatchObject({ code: 'KubeInvalid', status: 422, transient: false });
  });

  it('tell refusal from not being known', async () => {
    const alice = await server.client('alice');
    expect(isForbidden(await errorOf(alice.list(resources.Secret)))).toBe(true);
    const nobody = await server.client('nobody');
    expect(isUnauthorized(await errorOf(nobody.list(resources.Secret)))).toBe(true);
  });

  it('quote nothing of a Secret', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'secret', namespace: 'default' },
      data: { password: ['hunter2-quoted'] },
    };
    const error = await errorOf(client.apply(secret, { fieldManager: 'berth-test' }));
    expect(JSON.stringify([error.message, error.fields])).not.toContain('hunter2');
    expect(error.message).toContain('/api/v1/namespaces/default/secrets/secret');
  });

  it('are transient when nobody answers', async () => {
    const nowhere = new KubeClient(connectionTo({ server: `https://127.0.0.1:${await freePort()}` }));
    const error = await errorOf(nowhere.list(resources.Node));
    expect(isUnreachable(error)).toBe(true);
    expect(error).toMatchObject({ transient: true, status: 503 });
    await nowhere.close();
  });

  it('throw the reason of whoever aborted', async () => {
    const reason = new Error('enough');
    await expect(client.list(resources.Node, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('connections', () => {
  it('come from a kubeconfig', async () => {
    const connection = await connectionFromKubeconfig({ text: await server.kubeconfig() });
    const other = new KubeClient(connection);
    expect((await other.list(resources.Namespace)).items.length).toBeGreaterThan(0);
    await other.close();
  });

  it('dial another address and still check the name', async () => {
    const connection = await server.connection();
    const dial = new URL(server.url).host;
    const named = new KubeClient({ ...connection, server: 'https://kubernetes.default.svc', dial });
    expect((await named.list(resources.Namespace)).items.length).toBeGreaterThan(0);
    await named.close();

    const misnamed = new KubeClient({ ...connection, server: 'https://elsewhere.example', dial });
    const error = await errorOf(misnamed.list(resources.Namespace));
    expect(error.message).toContain('elsewhere.example');
    await misnamed.close();

    const told = new KubeClient({
      ...connection,
      server: 'https://elsewhere.example',
      dial,
      tlsServerName: 'kubernetes.default',
    });
    expect((await told.list(resources.Namespace)).items.length).toBeGreaterThan(0);
    await told.close();
  });

  it('are few and kept', async () => {
    await using proxy = await TcpProxy.start(server.url);
    const busy = await server.client('admin', { connections: 2 }, proxy.address);
    await Promise.all(Array.from({ length: 40 }, async () => busy.list(resources.Namespace)));
    await busy.list(resources.Namespace);
    expect(proxy.connections).toBe(2);
  });
});
