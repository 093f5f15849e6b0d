/** What is asked of a cluster's etcd, over real servers. The reconcilers, which would do it, do not run here. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Cluster } from '../../../src/model/cluster.js';
import { berthResources } from '../../../src/model/kinds.js';
import type { Operation } from '../../../src/model/operation.js';
import type { Problem } from '../../../src/http/problem.js';
import { TestApi } from '../../support/berth-api.js';
import { eventually } from '../../support/eventually.js';

jest.setTimeout(60_000);

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
}, 60_000);
afterAll(() => api.stop());

/** A cluster that runs with these members of etcd, of which some do not answer. */
async function running(name: string, members: { name: string; id?: string }[]): Promise<void> {
  await api.send('/api/v1/clusters', { body: { metadata: { name }, spec: { version: '1.36.3' } } });
  const checkedAt = new Date().toISOString();
  const etcd = { members, quotaBytes: 1, usedPercent: 0, checkedAt };
  await api.client.patch(
    berthResources.Cluster,
    { namespace: `berth-c-${name}`, name },
    { status: { initializedAt: checkedAt, etcd } },
    { subresource: 'status' },
  );
  const isSeen = async () => {
    const { body } = await api.send<Cluster>(`/api/v1/clusters/${name}`);
    return body.status?.etcd !== undefined;
  };
  await eventually(isSeen, 'the service to see it', 20_000);
}

const replace = (cluster: string, member: string, body: object = { confirm: member }) =>
  api.send<Problem & Operation>(`/api/v1/clusters/${cluster}/etcd/members/${member}/replace`, {
    method: 'POST',
    body,
  });

const three = [
  { name: 'etcd-0', id: 'a' },
  { name: 'etcd-1', id: 'b' },
  { name: 'etcd-2', id: 'c' },
];

it('replaces a member once somebody confirms that its volume goes', async () => {
  await running('whole', three);
  const unsure = await replace('whole', 'etcd-1', {});
  expect([unsure.status, unsure.body.code]).toEqual([400, 'ConfirmationRequired']);
  const asked = await replace('whole', 'etcd-1');
  expect(asked.status).toBe(202);
  expect(asked.body.spec).toMatchObject({
    type: 'ReplaceMember',
    member: 'etcd-1',
    cause: { user: 'admin' },
  });
  const again = await replace('whole', 'etcd-2');
  expect([again.status, again.body.code]).toEqual([409, 'OperationInProgress']);
});

it('replaces one of two that are asked for at the same time', async () => {
  await running('both', three);
  const answers = await Promise.all(['etcd-1', 'etcd-2'].map((member) => replace('both', member)));
  const [made, refused] = answers.toSorted((a, b) => a.status - b.status);
  expect(made?.status).toBe(202);
  expect([refused?.status, refused?.body.code]).toEqual([409, 'OperationInProgress']);
});

it('replaces none that the others cannot do without', async () => {
  await running('single', [{ name: 'etcd-0', id: 'a' }]);
  const single = await replace('single', 'etcd-0');
  expect([single.status, single.body.code]).toEqual([409, 'EtcdMemberNeeded']);
  await running(
    'shaky',
    [three[0], three[1], { name: 'etcd-2' }].filter((member) => member !== undefined),
  );
  const needed = await replace('shaky', 'etcd-1');
  expect([needed.status, needed.body.code]).toEqual([409, 'EtcdMemberNeeded']);
  expect((await replace('shaky', 'etcd-2')).status).toBe(202);
});

it('refuses members and clusters that are not there', async () => {
  await running('known', three);
  const absent = await replace('known', 'etcd-7');
  expect([absent.status, absent.body.code]).toEqual([404, 'EtcdMemberNotFound']);
  expect((await replace('known', 'web-0')).status).toBe(400);
  expect((await replace('nowhere', 'etcd-0')).status).toBe(404);
});
