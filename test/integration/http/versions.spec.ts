import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ControlPlaneVersion } from '../../../src/model/control-plane-version.js';
import { type Answer, TestApi } from '../../support/berth-api.js';

// Real servers on a machine that may be busy.
jest.setTimeout(60_000);

const PATH = '/api/v1/versions';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
}, 60_000);
afterAll(() => api.stop());

type Shown = ControlPlaneVersion & { code?: string };
const statuses = (answers: Answer[]) => answers.map(({ status }) => status).toSorted((a, b) => a - b);

describe('If-Match on the catalogue of versions', () => {
  let spec: ControlPlaneVersion['spec'];
  const save = (description: string, tag?: string) => {
    const body = { metadata: { name: 'own' }, spec: { ...spec, description } };
    return api.send<Shown>(PATH, { body, headers: tag ? { 'if-match': tag } : {} });
  };
  const patch = (description: string, tag: string) => {
    const body = { spec: { description } };
    return api.send<Shown>(`${PATH}/own`, { method: 'PATCH', body, headers: { 'if-match': tag } });
  };

  beforeAll(async () => {
    const { body } = await api.send<Shown>(`${PATH}/v1.36.3`);
    spec = { ...body.spec, kubernetesVersion: '1.36.3-own.1' };
  });

  it('makes nothing for who means to replace something', async () => {
    for (const tag of ['*', '"1"']) {
      const { status, body } = await save('ours', tag);
      expect([status, body.code]).toEqual([412, 'PreconditionFailed']);
    }
    expect((await api.send(`${PATH}/own`)).status).toBe(404);
    expect((await save('ours')).status).toBe(201);
  });

  it('lets one of many who have read the same version change it, and one replace it', async () => {
    const tag = (await api.send(`${PATH}/own`)).headers.get('etag') ?? '';
    const changes = await Promise.all(['a', 'b', 'c', 'd'].map((text) => patch(text, tag)));
    expect(statuses(changes)).toEqual([200, 412, 412, 412]);
    const newer = changes.find(({ status }) => status === 200)?.headers.get('etag') ?? '';
    const replacements = await Promise.all(['e', 'f', 'g'].map((text) => save(text, newer)));
    expect(statuses(replacements)).toEqual([200, 412, 412]);
  });
});
