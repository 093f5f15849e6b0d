import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { secretObject } from '../../../src/clusters/secrets.js';
import { systemClock } from '../../../src/core/clock.js';
import type { KubeconfigAnswer } from '../../../src/http/schemas.js';
import { berthResources } from '../../../src/model/kinds.js';
import { type Authority, authorityData, createAuthority } from '../../../src/pki/authority.js';
import { systemSource } from '../../../src/pki/keys.js';
import { ANNAS_TOKEN, TestApi } from '../../support/berth-api.js';

const HOUR = 3600;
// Real servers on a machine that may be busy.
jest.setTimeout(60_000);

let api: TestApi;
let authority: Authority;
beforeAll(async () => {
  api = await TestApi.start();
  await api.send('/api/v1/clusters', { body: { metadata: { name: 'demo' }, spec: { version: '1.36.3' } } });
}, 60_000);
afterAll(() => api.stop());

const ask = (body: object = {}, token?: string) =>
  api.send<KubeconfigAnswer & { code: string; errors: { path: string }[] }>(
    '/api/v1/clusters/demo/kubeconfig',
    {
      body,
      token,
    },
  );

/** What the reconciler would have made. */
async function makeReady(): Promise<void> {
  authority = await createAuthority('kubernetes', systemSource(systemClock));
  const content = { name: 'ca', type: 'kubernetes.io/tls', data: { ...authorityData(authority) } } as const;
  await api.client.create(secretObject(content, 'berth-c-demo'));
  const endpoint = { host: 'demo.berth.test', address: '10.9.8.7', port: 443, url: 'https://10.9.8.7:443' };
  const status = { initializedAt: '2026-11-21T10:00:00Z', endpoint };
  const ref = { namespace: 'berth-c-demo', name: 'demo' };
  await api.client.patch(berthResources.Cluster, ref, { status }, { subresource: 'status' });
}

describe('kubeconfigs', () => {
  it('are not handed out before the API server has answered', async () => {
    const answer = await ask();
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('ClusterNotReady');
  });

  describe('of a ready cluster', () => {
    beforeAll(makeReady);

    it('hold a certificate of the caller that lives for hours', async () => {
      const { status, body, headers } = await ask({ ttlSeconds: 2 * HOUR }, ANNAS_TOKEN);
      expect(status).toBe(201);
      expect(headers.get('cache-control')).toBe('no-store');
      const config = parse(body.kubeconfig);
      expect(config['current-context']).toBe('anna@demo');
      expect(config.clusters[0].cluster).toMatchObject({
        server: 'https://10.9.8.7:443',
        'tls-server-name': 'demo.berth.test',
      });
      const pem = Buffer.from(config.users[0].user['client-certificate-data'], 'base64');
      const certificate = new X509Certificate(pem);
      expect(certificate.subject.split('\n').sort()).toEqual(['CN=anna', 'O=kubeadm:cluster-admins']);
      expect(certificate.verify(authority.certificate.x509.publicKey)).toBe(true);
      const hours = (Date.parse(certificate.validTo) - Date.now()) / HOUR / 1000;
      expect(hours).toBeGreaterThan(1.9);
      expect(hours).toBeLessThan(2.1);
      expect(body).toMatchObject({ user: 'anna', groups: ['kubeadm:cluster-admins'] });
    });

    it('name the host instead of the address when asked to', async () => {
      const { body } = await ask({ server: 'host' });
      const { cluster } = parse(body.kubeconfig).clusters[0];
      expect(cluster.server).toBe('https://demo.berth.test');
      expect(cluster).not.toHaveProperty('tls-server-name');
    });

    it.each([
      [{ server: 'both' }, 'Invalid', 'server'],
      [{ ttlSeconds: 59 }, 'Invalid', 'ttlSeconds'],
      [{ ttlSeconds: 25 * HOUR }, 'Invalid', 'ttlSeconds'],
      [{ ttlSeconds: '8h' }, 'Invalid', 'ttlSeconds'],
      [{ groups: ['system:masters'] }, 'Invalid', 'groups'],
      [{ user: 'system:admin' }, 'UserIdentityInvalid', 'user'],
      [{ user: 'berth:control-plane' }, 'UserIdentityInvalid', 'user'],
    ])('are refused for %j', async (body, code, path) => {
      const answer = await ask(body);
      expect(answer.status).toBe(422);
      expect(answer.body.code).toBe(code);
      expect(answer.body.errors.map((error) => error.path)).toContain(path);
    });
  });
});
