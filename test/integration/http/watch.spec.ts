import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Cluster } from '../../../src/model/cluster.js';
import { berthResources } from '../../../src/model/kinds.js';
import { type Received, EventSource } from '../../support/event-source.js';
import { TestApi, TOKEN } from '../../support/berth-api.js';

// Real servers on a machine that may be busy.
jest.setTimeout(60_000);

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
}, 60_000);
afterAll(() => api.stop());

const create = (name: string, labels: Record<string, string> = {}) =>
  api.send<Cluster>('/api/v1/clusters', {
    body: { metadata: { name, labels }, spec: { version: '1.36.3' } },
  });
const rename = (name: string, displayName: string) =>
  api.send(`/api/v1/clusters/${name}`, { method: 'PATCH', body: { spec: { displayName } } });
const label = (name: string, labels: object) =>
  api.send(`/api/v1/clusters/${name}`, { method: 'PATCH', body: { metadata: { labels } } });
const is = (type: string, name: string) => (event: Received<Cluster>) =>
  event.type === type && event.object?.metadata.name === name;
const inShort = (events: Received<Cluster>[]) =>
  events.map(({ type, object }) =>
    [type, object?.metadata.name, object?.spec.displayName].filter(Boolean).join(' '),
  );

describe('watching', () => {
  it('is not begun by a request for the head alone', async () => {
    const path = '/api/v1/clusters?watch=true';
    for (let i = 0; i < 1_001; i++) expect((await api.send(path, { method: 'HEAD' })).status).toBe(200);
    using watch = await EventSource.open<Cluster>(api, path);
    await watch.until(({ type }) => type === 'BOOKMARK');
  });

  it('sends what is there, says that this was all, then every change', async () => {
    await create('here');
    using watch = await EventSource.open<Cluster>(api, '/api/v1/clusters?watch=true&q=here');
    await watch.until(({ type }) => type === 'BOOKMARK');
    expect(inShort(watch.events)).toEqual(['ADDED here', 'BOOKMARK']);
    await rename('here', 'Here');
    const changed = await watch.until(is('MODIFIED', 'here'));
    expect(changed.object?.spec.displayName).toBe('Here');
    expect(changed.id).toBe(changed.object?.metadata.resourceVersion);
    expect(changed.object?.metadata).not.toHaveProperty('managedFields');
  });

  it('goes on after the last event that the client saw', async () => {
    await create('resumed');
    const first = await EventSource.open<Cluster>(api, '/api/v1/clusters?watch=true');
    const { id } = await first
      .until(is('ADDED', 'resumed'))
      .then(() => first.until(({ type }) => type === 'BOOKMARK'));
    first.close();
    await rename('resumed', 'One');
    await rename('resumed', 'Two');
    using second = await EventSource.open<Cluster>(api, '/api/v1/clusters?watch=true', id);
    await second.until(({ object }) => object?.spec.displayName === 'Two');
    expect(inShort(second.events)).toEqual(['MODIFIED resumed One', 'MODIFIED resumed Two']);
  });

  it('begins anew, and says so, for an event it no longer has', async () => {
    using watch = await EventSource.open<Cluster>(api, '/api/v1/clusters?watch=true&q=here', '1');
    await watch.until(({ type }) => type === 'BOOKMARK');
    expect(inShort(watch.events)).toEqual(['RESET', 'ADDED here Here', 'BOOKMARK']);
  });

  it('shows objects come and go as they begin and cease to match', async () => {
    await create('moving');
    using watch = await EventSource.open<Cluster>(api, '/api/v1/clusters?watch=true&labelSelector=watched');
    await watch.until(({ type }) => type === 'BOOKMARK');
    await label('moving', { watched: 'yes' });
    await watch.until(is('ADDED', 'moving'));
    await label('moving', { watched: null });
    await watch.until(is('DELETED', 'moving'));
  });

  it('ends the watch of one object with its deletion', async () => {
    await create('mortal');
    const watch = await EventSource.open<Cluster>(api, '/api/v1/clusters/mortal?watch=true');
    await watch.until(is('ADDED', 'mortal'));
    await api.send('/api/v1/clusters/mortal?confirm=mortal', { method: 'DELETE' });
    const ref = { namespace: 'berth-c-mortal', name: 'mortal' };
    await api.client.patch(berthResources.Cluster, ref, { metadata: { finalizers: null } });
    await watch.until(is('DELETED', 'mortal'));
    await watch.ended;
    expect((await api.send('/api/v1/clusters/mortal?watch=true')).status).toBe(404);
  });

  it('goes on through a restart of the API server of the meta-cluster', async () => {
    await create('steady');
    using watch = await EventSource.open<Cluster>(api, '/api/v1/clusters?watch=true');
    await watch.until(is('ADDED', 'steady'));
    await api.meta.kill();
    const away = await api.send('/api/v1/clusters/steady');
    expect(away.body).toMatchObject({ status: 503, code: 'MetaClusterUnavailable' });
    expect(away.headers.get('retry-after')).toBeTruthy();
    // What was read is still there to be listed.
    expect((await api.send('/api/v1/clusters')).status).toBe(200);
    await api.meta.restart();
    await rename('steady', 'Back');
    await watch.until(({ object }) => object?.spec.displayName === 'Back');
  }, 40_000);
});

// Last: the service is gone after it.
describe('stopping', () => {
  it('ends watches, finishes what is under way and says that it is not ready', async () => {
    const watch = await EventSource.open<Cluster>(api, '/api/v1/clusters?watch=true');
    await watch.until(({ type }) => type === 'BOOKMARK');
    const request = await beginCreation('last');
    const closed = api.app.close();
    await watch.ended;
    expect(await request.finish()).toBe(201);
    await closed;
    await expect(fetch(new URL('/livez', api.url))).rejects.toThrow();
  });
});

/** A request that the service has begun to work on and whose body is still to come. */
async function beginCreation(name: string): Promise<{ finish: () => Promise<number> }> {
  const body = JSON.stringify({ metadata: { name }, spec: { version: '1.36.3' } });
  const headers = {
    authorization: `Bearer ${TOKEN}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    expect: '100-continue',
  };
  const request = httpRequest(new URL('/api/v1/clusters', api.url), { method: 'POST', headers });
  request.flushHeaders();
  await once(request, 'continue');
  return {
    finish: async () => {
      request.end(body);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode ?? 0;
    },
  };
}
