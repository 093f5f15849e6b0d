import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { upgradeFacts } from '../../../src/clusters/upgrades/facts.js';
import type { KubeClient } from '../../../src/kube/client.js';
import type { Cluster } from '../../../src/model/cluster.js';
import type { ControlPlaneVersionSpec } from '../../../src/model/control-plane-version.js';
import { eventually } from '../../support/eventually.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';

const NODES = 'nodes.v1.';
const UNSERVED = 'gadgets.v1.nowhere.dev';

const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['list'] };
const gates = ['nodes', 'poddisruptionbudgets', 'endpointslices'];
const webhooks = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'];
const metrics = { nonResourceURLs: ['/metrics'], verbs: ['get'] };

/** Who may read what of the hosted cluster. */
const rights = {
  all: [everything, metrics],
  'no-metrics': [everything],
  'no-objects': [{ ...everything, resources: [...gates, ...webhooks] }, metrics],
};
type User = keyof typeof rights;

let server: TestApiServer;

beforeAll(async () => {
  server = await startKubeApiServer({ users: { all: [], 'no-metrics': [], 'no-objects': [] } });
  const admin = await server.client();
  await admin.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'one' } });
  for (const user of Object.keys(rights) as User[]) await allow(admin, user);
}, 90_000);

afterAll(async () => {
  await server?.stop();
});

/** Resolves when the API server has heard of it. */
async function allow(admin: KubeClient, user: User): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const named = { apiVersion: `${apiGroup}/v1`, metadata: { name: user } };
  await admin.create({ ...named, kind: 'ClusterRole', rules: rights[user] });
  const roleRef = { apiGroup, kind: 'ClusterRole', name: user };
  const subjects = [{ apiGroup, kind: 'User', name: user }];
  await admin.create({ ...named, kind: 'ClusterRoleBinding', roleRef, subjects });
  const client = await server.client(user);
  const path = '/api/v1/nodes';
  await eventually(
    async () => (await client.raw({ method: 'GET', path })).statusCode === 200,
    `${user}'s rights`,
  );
}

async function factsFor(user: User, addedResources: string[] = []) {
  const from = { changesSinceLastMinor: { addedResources } } as ControlPlaneVersionSpec;
  const hosted = await server.client(user);
  const cluster = {} as Cluster;
  return upgradeFacts({ hosted, cluster, plan: undefined, from, unfinishedOperation: undefined });
}

describe('facts for the gates of an upgrade', () => {
  it('are refused when the metrics that tell of deprecated requests cannot be read', async () => {
    await expect(factsFor('no-metrics')).rejects.toMatchObject({ code: 'KubeForbidden' });
  });

  it('are refused when objects of an added kind cannot be counted', async () => {
    await expect(factsFor('no-objects', ['configmaps.v1.'])).rejects.toMatchObject({ code: 'KubeForbidden' });
  });

  it('count no objects of a kind that is not served', async () => {
    const { objectsOf, nodes } = await factsFor('all', [NODES, UNSERVED]);
    expect(objectsOf).toEqual({ [NODES]: 1, [UNSERVED]: 0 });
    expect(nodes).toEqual([{ name: 'one', kubeletVersion: '' }]);
  });
});
