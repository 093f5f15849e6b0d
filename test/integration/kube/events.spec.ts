import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KubeClient } from '../../../src/kube/client.js';
import { EventRecorder } from '../../../src/kube/events.js';
import { resources } from '../../../src/kube/resources.js';
import type { KubeObject } from '../../../src/kube/types.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';

let server: TestApiServer;
let client: KubeClient;

beforeAll(async () => {
  server = await startKubeApiServer();
  client = await server.client();
}, 90_000);

afterAll(async () => {
  await server?.stop();
});

const content = { type: 'Warning', reason: 'Broken', action: 'Reconcile', note: 'it is broken' } as const;
const who = { reportingController: 'berth.dev/test', reportingInstance: 'test-1' };

async function subject(name: string): Promise<KubeObject> {
  return client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } });
}

async function eventsAbout(name: string) {
  const { items } = await client.list(resources.Event, { namespace: 'default' });
  return items.filter(({ regarding }) => regarding?.name === name);
}

describe('events', () => {
  it('are told about the object as they are', async () => {
    const recorder = new EventRecorder(client, who);
    const object = await subject('once');
    recorder.record(object, content);
    await recorder.flush();
    const [event] = await eventsAbout('once');
    expect(event).toMatchObject({
      ...content,
      ...who,
      regarding: { kind: 'ConfigMap', uid: object.metadata.uid },
    });
    expect(event?.series).toBeUndefined();
  });

  it('that repeat become a series of one event', async () => {
    const recorder = new EventRecorder(client, who);
    const object = await subject('often');
    for (let times = 0; times < 5; times++) recorder.record(object, content);
    await recorder.flush();
    recorder.record(object, content);
    await recorder.flush();
    const events = await eventsAbout('often');
    expect(events).toMatchObject([{ series: { count: 6 } }]);
  });

  it('that differ stay apart', async () => {
    const recorder = new EventRecorder(client, who);
    const object = await subject('differ');
    recorder.record(object, content);
    recorder.record(object, { ...content, type: 'Normal', reason: 'Mended' });
    recorder.record(object, { ...content, note: 'in another way' });
    await recorder.flush();
    expect(await eventsAbout('differ')).toHaveLength(3);
  });

  it('begin anew when the API server has forgotten the last', async () => {
    const recorder = new EventRecorder(client, who);
    const object = await subject('forgotten');
    recorder.record(object, content);
    await recorder.flush();
    const [event] = await eventsAbout('forgotten');
    await client.delete(resources.Event, event!.metadata);
    recorder.record(object, content);
    await recorder.flush();
    recorder.record(object, content);
    await recorder.flush();
    expect(await eventsAbout('forgotten')).toHaveLength(1);
  });

  it('about cluster-scoped objects are kept in namespace default, long notes are cut', async () => {
    const recorder = new EventRecorder(client, who);
    const namespace = await client.get(resources.Namespace, { name: 'kube-system' });
    recorder.record(namespace, { ...content, note: 'x'.repeat(2_000) });
    await recorder.flush();
    const [event] = await eventsAbout('kube-system');
    expect(event?.note).toHaveLength(1_024);
  });

  it('that cannot be written trouble nobody', async () => {
    const closed = await server.client();
    await closed.close();
    const recorder = new EventRecorder(closed, who);
    recorder.record(await subject('unwritten'), content);
    await expect(recorder.flush()).resolves.toBeUndefined();
  });
});
