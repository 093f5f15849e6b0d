/** Look before you leap: a backup in a new cluster, while the first one stays as it is. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { resources } from '../../../src/kube/resources.js';
import { Embedded } from '../../support/embedded.js';
import type { Kubectl } from '../../support/kubectl.js';
import { Hosted } from '../hosting/hosted.js';

jest.setTimeout(300_000);

describe('a backup in another cluster', () => {
  let meta: Embedded;
  let hosted: Hosted;
  let kubectl: Kubectl;
  let copy: Hosted | undefined;

  beforeAll(async () => {
    meta = await Embedded.open();
    hosted = await Hosted.create(meta, 'origin');
    await hosted.ready();
    kubectl = await hosted.kubectl();
    await kubectl.run('create', 'secret', 'generic', 'kept', '--from-literal=word=open-sesame');
    await kubectl.run('create', 'serviceaccount', 'robot');
    await meta.berth('backup', 'create', hosted.name, '--name', 'first', '--wait');
    await kubectl.run('create', 'configmap', 'later');
  });

  afterAll(async () => {
    await copy?.delete();
    await hosted.delete();
    await meta.close();
  });

  async function pods(): Promise<string[]> {
    const { items } = await meta.client.list(resources.Pod, { namespace: hosted.namespace });
    return items.map(({ metadata }) => metadata.uid ?? '').toSorted();
  }

  it('restores into a new cluster; the first one stays as it is', async () => {
    const before = await pods();
    const told = await meta.berth('cluster', 'restore', hosted.name, '--into', 'origin-copy', '--wait');
    expect(told).toContain('Succeeded');
    copy = new Hosted(meta, 'origin-copy');
    await copy.ready();
    const inCopy = await copy.kubectl();
    const word = await inCopy.run('get', 'secret', 'kept', '-o', 'jsonpath={.data.word}');
    expect(Buffer.from(word, 'base64').toString()).toBe('open-sesame');
    expect(await inCopy.run('get', 'configmap', 'later', '--ignore-not-found')).toBe('');
    expect(await pods()).toEqual(before);
    expect(await kubectl.run('get', 'configmap', 'later', '-o', 'name')).toContain('later');
  });
});
