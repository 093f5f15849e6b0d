/** Members of etcd lose what they had. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import { findCondition } from '../../../src/model/conditions.js';
import { berthResources } from '../../../src/model/kinds.js';
import { Embedded } from '../../support/embedded.js';
import type { Kubectl } from '../../support/kubectl.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(300_000);

describe('members of etcd', () => {
  let meta: Embedded;
  let hosted: Hosted;
  let kubectl: Kubectl;

  beforeAll(async () => {
    meta = await Embedded.open();
    hosted = await Hosted.create(meta, 'keeper');
    await hosted.ready();
    kubectl = await hosted.kubectl();
  });

  afterAll(async () => {
    await hosted.requestDeletion();
    await meta.close();
  });

  async function losesItsVolume(member: string): Promise<void> {
    const { namespace } = hosted;
    await meta.client.delete(resources.PersistentVolumeClaim, { namespace, name: `data-${member}` });
    await meta.client.delete(resources.Pod, { namespace, name: member }, { gracePeriodSeconds: 0 });
  }

  it('begin nothing anew when the only one loses its volume: the way out is told, and it works', async () => {
    await kubectl.run('create', 'configmap', 'precious', '--from-literal=a=1');
    await meta.berth('backup', 'create', hosted.name, '--name', 'rescue', '--wait');
    await losesItsVolume('etcd-0');
    const lost = await meta.until(
      berthResources.Cluster,
      'the loss to be told',
      (clusters) => {
        const ready = findCondition(clusters.get(hosted)?.status?.conditions, 'Ready');
        return ready?.reason === 'DataLost' && ready;
      },
      120_000,
    );
    expect(lost.message).toContain(`berth cluster restore ${hosted.name}`);
    expect(findCondition((await hosted.status()).conditions, 'Stalled')?.status).toBe('True');
    await meta.berth('cluster', 'restore', hosted.name, '--backup', 'rescue', '--yes', '--wait');
    await hosted.ready();
    expect(await kubectl.run('get', 'configmap', 'precious', '-o', 'jsonpath={.data.a}')).toBe('1');
  });
});
