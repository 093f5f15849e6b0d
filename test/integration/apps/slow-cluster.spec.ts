/** A hosted cluster whose objects take long to be listed. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import pMap from 'p-map';
import { resources } from '../../../src/kube/resources.js';
import { berthResources } from '../../../src/model/kinds.js';
import { clusterNamespace } from '../../../src/model/names.js';
import { TestApps, TestHosted } from '../../support/apps.js';
import { eventually } from '../../support/eventually.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

jest.setTimeout(90_000);

/** 20 of 40 kB at 80 kB/s: a first list takes 10 s, twice as long as a pass waits for it. */
const BYTES_PER_SECOND = 80_000;
const SETTINGS = 20;
const setting = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data: { text: 'x'.repeat(40_000) },
});
const NOTE = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\ndata: {word: hello}\n';

let apps: TestApps;
let hosted: TestHosted;
let proxy: TcpProxy;

beforeAll(async () => {
  [apps, hosted] = await Promise.all([TestApps.start(), TestHosted.start()]);
  await pMap(
    Array.from({ length: SETTINGS }, (_, at) => setting(`setting-${at}`)),
    (one) => hosted.client.create(one),
  );
  proxy = await TcpProxy.start(hosted.server.url);
  proxy.bytesPerSecond = BYTES_PER_SECOND;
  await apps.addCluster('slow', hosted);
  const endpoint = { port: Number(proxy.address.split(':')[1]) };
  const ref = { namespace: clusterNamespace('slow'), name: 'slow' };
  await apps.client.patch(berthResources.Cluster, ref, { status: { endpoint } }, { subresource: 'status' });
  apps.versions.templates.push({
    files: [
      { path: 'Chart.yaml', text: 'apiVersion: v2\nname: notes\nversion: 1.0.0\n' },
      { path: 'templates/note.yaml', text: NOTE },
    ],
    services: [{ name: 'note', dependsOn: [], templates: ['templates/note.yaml'] }],
  });
  apps.versions.configs.push([]);
  await apps.startReconcilers();
}, 120_000);

afterAll(async () => {
  await apps?.stop();
  await proxy?.stop();
  await hosted?.stop();
});

it('says that it still lists, and then deploys', async () => {
  const versions = { template: { name: 'notes', version: 1 }, config: { name: 'notes', version: 1 } };
  await apps.createInstance('slow', 'notes', { application: 'notes', namespace: 'notes', ...versions });
  await apps.publish('slow', 'notes');
  await eventually(async () => {
    const { status } = await apps.instance('slow', 'notes');
    return status?.conditions?.some(({ reason }) => reason === 'ListUnderWay') ?? false;
  }, 'the instance to tell that the cluster is listed');
  await apps.until('slow', 'notes', 'note', 'Deployed', 1);
  const ref = { namespace: 'notes', name: 'note' };
  expect(await hosted.client.get(resources.ConfigMap, ref)).toMatchObject({ data: { word: 'hello' } });
});
