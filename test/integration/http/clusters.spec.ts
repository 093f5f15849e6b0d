import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import type { Cluster } from '../../../src/model/cluster.js';
import { TestApi } from '../../support/berth-api.js';

describe('clusters', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await TestApi.start();
  }, 60_000);
  afterAll(() => api.stop());

  const request = (name: string, spec: object = {}) => ({
    metadata: { name },
    spec: { version: '1.36.3', ...spec },
  });

  it('creates the namespace and the object, and says where it is', async () => {
    const answer = await api.send<Cluster>('/api/v1/clusters', { body: request('first') });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/api/v1/clusters/first');
    expect(answer.headers.get('etag')).toBe(`"${answer.body.metadata.resourceVersion}"`);
    const namespace = await api.client.get(resources.Namespace, { name: 'berth-c-first' });
    expect(namespace.metadata.labels).toMatchObject({
      'app.kubernetes.io/managed-by': 'berth',
      'berth.dev/cluster': 'first',
      'berth.dev/tenant': 'default',
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
  });
});
