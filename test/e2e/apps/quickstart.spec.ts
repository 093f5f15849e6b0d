/** What a person sees first: `berth quickstart`, and what it deployed, on a real node. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';

const INSTANCE = ['demo', 'hello'] as const;
const MINUTES = 60_000;

let meta: Embedded;
let shown: string;

beforeAll(async () => {
  meta = await Embedded.open();
  shown = await meta.berth('quickstart', '--quiet');
}, 10 * MINUTES);
afterAll(async () => {
  await meta?.tryBerth(['instance', 'delete', ...INSTANCE, '--yes']);
  await meta?.tryBerth(['cluster', 'delete', 'demo', '--yes', '--wait']);
  await meta?.tryBerth(['app', 'delete', 'hello', '--yes']);
  await meta?.tryBerth(['template', 'delete', 'hello', '--yes']);
  await meta?.tryBerth(['config', 'delete', 'hello', '--yes']);
  await meta?.close();
}, 5 * MINUTES);

/** Saves keys of the config and publishes them; answers the version. */
async function publish(...keys: string[]): Promise<number> {
  const saved = await meta.berth('config', 'set', 'hello', ...keys, '-o', 'json');
  const { version } = JSON.parse(saved) as { version: number };
  await meta.berth('instance', 'set', ...INSTANCE, '--config-version', String(version));
  await meta.berth('instance', 'deploy', ...INSTANCE, '--wait');
  return version;
}

/** What web answers, asked from the pod of greeter. */
async function page(): Promise<string> {
  const ask = ['exec', '-n=hello', 'deployment/greeter', '--', 'wget', '-qO-', 'http://web'];
  const { kubeconfig } = (
    await meta.api<{ kubeconfig: string }>('/api/v1/clusters/demo/kubeconfig', { body: {} })
  ).body;
  return (await meta.kubectlWith(kubeconfig, 'demo')).run(...ask);
}

it('two services answer; their config reached them in the manifests, the environment and files', () => {
  expect(shown).toContain('This page is a key of the config.\nHello, says pod greeter-');
  expect(shown).toContain('Config version 1 in files, 1 in the environment.');
});

it('the kubeconfig it wrote is for a person, who lists, creates, watches and deletes', async () => {
  expect(shown).toMatch(/ get namespaces\nNAME +STATUS +AGE\n(.*\n)*kube-system +Active/);
  const [, file = ''] = /^\$ kubectl --kubeconfig (\S+) get namespaces$/m.exec(shown) ?? [];
  const kubectl = await meta.kubectlWith(await readFile(file, 'utf8'), 'quickstart');
  const { userInfo } = (
    await kubectl.json<{ status: { userInfo: { username: string; groups: string[] } } }>('auth', 'whoami')
  ).status;
  expect(userInfo.username).toBe('admin');
  expect(userInfo.groups).not.toContain('system:masters');
  await kubectl.run('create', 'configmap', 'note', '--from-literal=colour=blue');
  expect(await kubectl.run('get', 'configmaps', '-o', 'name')).toContain('configmap/note\n');
  const gone = kubectl.run('wait', 'configmap/note', '--for=delete', '--timeout=20s');
  await kubectl.run('delete', 'configmap', 'note');
  await gone;
  expect(await kubectl.run('get', 'configmaps', '-o', 'name')).not.toContain('configmap/note\n');
});

it(
  'repeated, it keeps what people changed since',
  async () => {
    await publish('greeting=Ahoy');
    const again = await meta.berth('quickstart', '--quiet');
    expect(again).toContain('Ahoy, says pod greeter-');
  },
  5 * MINUTES,
);

it(
  'pods that are replaced find one version everywhere; a changed file reaches pods that run',
  async () => {
    const replaced = await publish('greeter.url=http://greeter.hello');
    await eventually(
      async () =>
        (await page()).includes(`Config version ${replaced} in files, ${replaced} in the environment.`),
      'the version in files and in the environment',
      MINUTES,
    );
    const reloaded = await publish('page=Another page.');
    await eventually(
      async () => (await page()).startsWith('Another page.'),
      'the changed file in the pod that runs',
      2 * MINUTES,
    );
    expect(await page()).toContain(`Config version ${reloaded} in files, ${replaced} in the environment.`);
  },
  6 * MINUTES,
);

it(
  'logs of all pods come in one stream, also of those that start later',
  async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    const following = meta
      .tryBerth(['instance', 'logs', ...INSTANCE, '--follow'], {
        signal: stop.signal,
        onLine: (line) => void lines.push(line),
      })
      .catch(() => undefined);
    const seen = (pod: RegExp) => new Set(lines.flatMap((line) => pod.exec(line)?.[1] ?? []));
    const GREETER = /^\[pod\/(greeter-\S+)\/greeter\] .*response:200/;
    await page();
    await eventually(async () => seen(GREETER).size === 1, 'a line of greeter', MINUTES);
    await eventually(
      async () => seen(/^\[pod\/(web-\S+)\/web\] GET \/$/).size >= 1,
      'a line of web',
      MINUTES,
    );
    await meta.berth('instance', 'restart', ...INSTANCE, 'greeter', '--wait');
    await page();
    await eventually(async () => seen(GREETER).size === 2, 'a line of the new pod', MINUTES);
    stop.abort();
    await following;
    const found = await meta.berth('instance', 'logs', ...INSTANCE, 'web', '--grep', 'GET /', '--tail', '50');
    expect(found).toMatch(/^(\[pod\/web-\S+\/web\] GET \/\n)+$/);
  },
  5 * MINUTES,
);

it('events of its objects are told by service', async () => {
  const events = await meta.berth('instance', 'events', ...INSTANCE, 'greeter');
  expect(events).toMatch(/Normal +Started +greeter +Pod\/greeter-/);
  expect(events).not.toContain('Pod/web-');
});
