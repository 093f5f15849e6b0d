/** Requests about one cluster that reach into another: whether the caller may is asked of both. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Identity, OPERATORS } from '../../../src/access/identity.js';
import { BackupService } from '../../../src/http/backups/backup.service.js';
import { TemplateService } from '../../../src/http/apps/template.service.js';
import { berthResources } from '../../../src/model/kinds.js';
import { API_VERSION, clusterNamespace } from '../../../src/model/names.js';
import { TestApi } from '../../support/berth-api.js';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start({
    BERTH_BACKUP_STORE: 'file:///nowhere',
    BERTH_BACKUP_KEY_FILE: '/nowhere/keys',
  });
  for (const name of ['ours', 'theirs']) await createCluster(name);
  await createBackup('theirs', 'nightly');
}, 90_000);
afterAll(async () => {
  await api?.stop();
});

async function createCluster(name: string): Promise<void> {
  const body = { metadata: { name }, spec: { version: '1.36.3' } };
  expect((await api.send('/api/v1/clusters', { body })).status).toBe(201);
  const status = { initializedAt: new Date().toISOString() };
  const ref = { namespace: clusterNamespace(name), name };
  await api.client.patch(berthResources.Cluster, ref, { status }, { subresource: 'status' });
}

async function createBackup(cluster: string, name: string): Promise<void> {
  const ref = { namespace: clusterNamespace(cluster), name };
  const spec = { cluster, reason: 'OnDemand' };
  await api.client.create({ apiVersion: API_VERSION, kind: 'Backup', metadata: ref, spec });
  const status = { state: 'Succeeded', startedAt: '2026-11-21T02:00:00Z' };
  await api.client.patch(berthResources.Backup, ref, { status }, { subresource: 'status' });
}

/** Somebody who may do what is asked first, which is about what is their own, and nothing else. */
function owner(): Identity {
  let asked = 0;
  return {
    name: 'olga',
    get groups() {
      asked += 1;
      return asked === 1 ? [OPERATORS] : [];
    },
  };
}

const operator: Identity = { name: 'admin', groups: [OPERATORS] };
const refused = (what: string) => ({
  code: 'Forbidden',
  status: 403,
  message: expect.stringContaining(`olga may not ${what}`) as unknown,
});

it('the data of a cluster goes into another only for those who may read its backups', async () => {
  const backups = api.app.get(BackupService);
  const request = { backup: 'nightly', fromCluster: 'theirs', confirm: 'ours' };
  const what = refused('get backups "nightly"');
  await expect(backups.restore(owner(), 'ours', request)).rejects.toMatchObject(what);
  // Nor do they learn which backups there are.
  const guess = { ...request, backup: 'guessed' };
  await expect(backups.restore(owner(), 'ours', guess)).rejects.toMatchObject(
    refused('get backups "guessed"'),
  );
  expect((await api.client.list(berthResources.Operation)).items).toEqual([]);
  const made = await backups.restore(operator, 'ours', request);
  expect(made.spec.restore).toEqual({ backup: 'nightly', cluster: 'theirs' });
});

it('their own backup they restore without being asked about another cluster', async () => {
  await createBackup('ours', 'mine');
  const request = { backup: 'mine', fromCluster: 'ours' };
  await expect(api.app.get(BackupService).restore(owner(), 'ours', request)).rejects.toMatchObject({
    code: 'ConfirmationRequired',
  });
});

it('a template is made from what runs in a cluster only by those who may read it', async () => {
  const from = { type: 'Namespace', cluster: 'theirs', namespace: 'shop' } as const;
  const body = { metadata: { name: 'copied' }, spec: { retention: { keep: 10 } }, from };
  const made = api.app.get(TemplateService).create(owner(), 'default', body);
  await expect(made).rejects.toMatchObject(refused('get clusters/objects "theirs"'));
});

it('a cluster is asked what it thinks of a template only for those who may write to it', async () => {
  const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: words\n';
  const body = {
    metadata: { name: 'checked' },
    spec: { retention: { keep: 10 } },
    from: { type: 'Manifests', text },
    check: { cluster: 'theirs', namespace: 'default' },
  } as const;
  const made = api.app.get(TemplateService).create(owner(), 'default', body);
  await expect(made).rejects.toMatchObject(refused('create clusters/objects "theirs"'));
});
