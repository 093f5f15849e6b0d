import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import { Embedded } from '../../support/embedded.js';
import { accessOf, Hosted } from './hosted.js';
import { Load } from './load.js';

jest.setTimeout(300_000);

describe('plan ha', () => {
  let meta: Embedded;
  let hosted: Hosted;

  beforeAll(async () => {
    meta = await Embedded.open();
    hosted = await Hosted.create(meta, 'ha', { plan: 'ha' });
    await hosted.ready(240_000);
  });

  afterAll(async () => {
    await hosted.requestDeletion();
    await meta.close();
  });

  it('is three etcd members, three API servers and two of each controller', async () => {
    const { components = [] } = await hosted.status();
    expect(components.map(({ name, readyReplicas }) => `${name} ${readyReplicas}`)).toEqual([
      'etcd 3',
      'kube-apiserver 3',
      'kube-controller-manager 2',
      'kube-scheduler 2',
    ]);
    const exec = ['-n', hosted.namespace, 'exec', 'etcd-0', '--', 'etcdctl', 'member', 'list'];
    const tls = [
      '--cacert=/etc/etcd/ca/etcd-ca.crt',
      '--cert=/etc/etcd/server/tls.crt',
      '--key=/etc/etcd/server/tls.key',
    ];
    const members = await meta.kubectl.run(...exec, ...tls, '--endpoints=https://localhost:2379');
    expect(members.match(/, started, etcd-[012],/g)).toHaveLength(3);
  });

  it('elects one controller-manager and one scheduler', async () => {
    const kubectl = await hosted.kubectl();
    const holders = await kubectl.run(
      '-n',
      'kube-system',
      'get',
      'leases',
      '-o',
      'jsonpath={range .items[*]}{.metadata.name}={.spec.holderIdentity} {end}',
    );
    expect(holders).toMatch(/kube-controller-manager=kube-controller-manager-\S+/);
    expect(holders).toMatch(/kube-scheduler=kube-scheduler-\S+/);
  });

  it('serves on when a member of etcd is lost, and gets it back', async () => {
    const load = new Load(await accessOf(await hosted.kubectl()));
    const ref = { namespace: hosted.namespace, name: 'etcd-1' };
    const { uid } = (await meta.client.get(resources.Pod, ref)).metadata;
    await meta.client.delete(resources.Pod, ref);
    await meta.until(resources.Pod, 'etcd-1 to be back', (pods) => {
      const pod = pods.get(ref);
      const isReady = pod?.status?.conditions?.some(
        ({ type, status }) => type === 'Ready' && status === 'True',
      );
      return pod?.metadata.uid !== uid && isReady;
    });
    const { failures } = await load.stop();
    expect(failures).toEqual([]);
    await hosted.ready();
  });
});
