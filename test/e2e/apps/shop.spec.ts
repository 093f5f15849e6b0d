/** A template of five services as four instances over two hosted clusters, with pods that run on user nodes. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { berthResources } from '../../../src/model/kinds.js';
import { clusterNamespace, tenantNamespace } from '../../../src/model/names.js';
import type { Release } from '../../../src/model/release.js';
import type { Rollout } from '../../../src/model/rollout.js';
import { eventually } from '../../support/eventually.js';
import { fiveServices, SERVICES } from './five-services.js';
import { INSTANCES, type Pod, RunningShop } from './running-shop.js';

jest.setTimeout(180_000);

let shop: RunningShop;
beforeAll(async () => {
  shop = await RunningShop.start();
}, 900_000);
afterAll(() => shop?.stop(), 180_000);

const berth = (verb: string, instance: string, ...args: string[]) => shop.berth(verb, instance, ...args);
const serviceOf = ({ metadata }: Pod) => metadata.labels?.['app'] ?? '';
const uidsOf = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.uid);
const times = ([release]: Release[]) => ({
  began: Date.parse(release?.status?.startedAt ?? ''),
  ended: Date.parse(release?.status?.finishedAt ?? ''),
});

describe('an application of five services', () => {
  it('is published to four instances on two clusters, and every pod runs', async () => {
    const name = `first-${shop.meta.run}`;
    await shop.meta.berth('rollout', 'start', '--app', shop.app, '--name', name, '--reason', 'first');
    const rollout = await shop.meta.until<Rollout, Rollout>(
      berthResources.Rollout,
      'the rollout to end',
      (rollouts) => {
        const found = rollouts.get({ namespace: tenantNamespace('default'), name });
        return found?.status?.finishedAt !== undefined && found;
      },
      170_000,
    );
    expect(rollout.status).toMatchObject({ phase: 'Succeeded', progress: '4/4', failed: 0 });
    for (const site of shop.sites) {
      for (const instance of INSTANCES) {
        const pods = await shop.pods(instance, undefined, site);
        expect(pods.map(serviceOf).toSorted()).toEqual(SERVICES);
        expect(pods.map(({ status }) => status.phase)).toEqual(pods.map(() => 'Running'));
      }
    }
  });

  it('started what others depend on first', async () => {
    for (const site of shop.sites) {
      const [web, api, db] = await Promise.all(
        ['web', 'api', 'db'].map(async (service) => times(await shop.releases('green', service, site)).began),
      );
      expect(api).toBeGreaterThan(db ?? NaN);
      expect(web).toBeGreaterThan(api ?? NaN);
    }
    const [[db], [api]] = await Promise.all([shop.pods('green', 'db'), shop.pods('green', 'api')]);
    const ready = db?.status.conditions.find(({ type }) => type === 'Ready');
    const made = Date.parse(api?.metadata.creationTimestamp ?? '');
    expect(made).toBeGreaterThanOrEqual(Date.parse(ready?.lastTransitionTime ?? ''));
  });

  it('has one config version in the environment, in files and on its pods', async () => {
    expect(await shop.inPod('api', 'echo $greeting $password $BERTH_CONFIG_VERSION')).toBe(
      'hello planted-Pa55 1\n',
    );
    expect(await shop.inPod('web', 'cat /etc/web/page /etc/web/BERTH_CONFIG_VERSION')).toBe('page one1');
    const [pod] = await shop.pods('blue', 'api');
    expect(pod?.metadata.annotations).toMatchObject({ 'berth.dev/config-version': '1' });
  });
});

describe('a changed key', () => {
  it('shows what it changes, and replaces the pods of that service alone', async () => {
    const before = await shop.pods('blue');
    await shop.save('configs', { set: [{ name: 'greeting', value: 'good day' }], reason: 'politer' });
    await berth('set', 'blue', '--config-version', '2');
    const impact = await berth('impact', 'blue', '--check');
    expect(impact).toMatch(/^api:\n(?: {2}update .*\n)+ {2}restarts Deployment\/api\n/m);
    for (const service of ['cache', 'db', 'web', 'worker']) expect(impact).toContain(`${service}: no change`);
    const told = await berth('deploy', 'blue', '--reason', 'politer', '--wait');
    expect(told).toMatch(/Unchanged: cache, db, web, worker\./);
    expect(await shop.inPod('api', 'echo $greeting $BERTH_CONFIG_VERSION')).toBe('good day 2\n');
    const after = new Set(uidsOf(await shop.pods('blue')));
    const replaced = before.filter(({ metadata }) => !after.has(metadata.uid));
    expect(replaced.map(serviceOf)).toEqual(['api']);
  });

  it('is rolled back, and stays so until the hold is lifted', async () => {
    await berth('rollback', 'blue', 'api', '--reason', 'too polite', '--wait');
    expect(await shop.inPod('api', 'echo $greeting')).toBe('hello\n');
    expect(await berth('deploy', 'blue')).toContain('Held since a rollback, deploy them by name: api.');
    await berth('unhold', 'blue', 'api');
    await berth('deploy', 'blue', '--wait');
    expect(await shop.inPod('api', 'echo $greeting')).toBe('good day\n');
  });

  it('is rolled back to any release, of those that are listed with who and why', async () => {
    await berth('rollback', 'blue', 'api', '--to', '1', '--reason', 'plain words', '--wait');
    expect(await shop.inPod('api', 'echo $greeting')).toBe('hello\n');
    await berth('unhold', 'blue', 'api');
    const which = ['--instance', 'blue', '--service', 'api', '-o', 'json'];
    const listed = await shop.meta.berth('release', 'list', shop.cluster, ...which);
    const { items } = JSON.parse(listed) as { items: Release[] };
    expect(items.map(({ spec }) => [spec.revision, spec.action, spec.cause.reason])).toEqual([
      [5, 'Rollback', 'plain words'],
      [4, 'Deploy', undefined],
      [3, 'Rollback', 'too polite'],
      [2, 'Deploy', 'politer'],
      [1, 'Deploy', 'first'],
    ]);
    const history = await berth('history', 'blue', 'api', '--diff');
    expect(history).toMatch(/^Rollback api\.5 \(of 1\) .* admin: plain words$/m);
  });
});

describe('one service by itself', () => {
  it('is scaled and restarted, in one instance or in several', async () => {
    await berth('scale', 'blue', 'worker', '--replicas', '2', '--wait');
    const workers = async () =>
      (await Promise.all(INSTANCES.map((instance) => shop.pods(instance, 'worker')))).flat();
    const before = new Set(uidsOf(await workers()));
    expect(before.size).toBe(3);
    await berth('restart', INSTANCES.join(','), 'worker', '--wait');
    const after = (await workers()).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    expect(after).toHaveLength(3);
    expect(uidsOf(after).filter((uid) => before.has(uid))).toEqual([]);
  });

  it('is taken away and comes back, and the others stay', async () => {
    await berth('undeploy', 'blue', 'worker', '--wait');
    await shop.podsGone('blue', '-l=app=worker');
    const { status } = await shop.untilState('blue', 'worker', 'NotDeployed');
    const states = Object.entries(status?.services ?? {}).map(([name, { state }]) => `${name} ${state}`);
    expect(states.toSorted()).toEqual(
      SERVICES.map((name) => `${name} ${name === 'worker' ? 'NotDeployed' : 'Deployed'}`),
    );
    await berth('deploy', 'blue', 'worker', '--wait');
    expect(await shop.pods('blue', 'worker')).toHaveLength(2);
  });

  it('is viewed, overridden and compared; defaults are no difference', async () => {
    expect(await berth('diff', 'blue', 'web')).toBe('No difference.\n');
    const target = { kind: 'Service', name: 'web' };
    await shop.override('blue', 'web', { target, patch: { metadata: { labels: { tier: 'front' } } } });
    expect(await berth('view', 'blue', 'web')).toMatch(/^ {4}tier: front$/m);
    for (const side of ['live', 'published', '1'])
      expect(await berth('view', 'blue', 'web', '--view', side)).not.toContain('tier: front');
    expect(await berth('diff', 'blue', 'web')).toMatch(/^\+ {4}tier: front$/m);
    await berth('deploy', 'blue', 'web', '--wait');
    const tier = ['-n=blue', 'get', 'svc', 'web', '-o=jsonpath={.metadata.labels.tier}'];
    expect(await shop.kubectl.run(...tier)).toBe('front');
    expect(await berth('diff', 'blue', 'web')).toBe('No difference.\n');
  });

  it('shows what others change as drift, and takes it back when told', async () => {
    await shop.kubectl.run('-n=blue', 'scale', 'deploy/cache', '--replicas=2');
    const { status } = await shop.untilState('blue', 'cache', 'Drifted');
    expect(status?.services?.['cache']?.drift).toEqual([
      { kind: 'Deployment', name: 'cache', change: 'Changed' },
    ]);
    const deploy = ['instance', 'deploy', shop.cluster, 'blue', 'cache', '--wait'];
    const refused = await shop.meta.tryBerth(deploy);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/\.spec\.replicas of Deployment cache is set by kubectl/);
    await berth('deploy', 'blue', 'cache', '--conflicts', 'take', '--wait');
    const replicas = ['-n=blue', 'get', 'deploy/cache', '-o=jsonpath={.spec.replicas}'];
    expect(await shop.kubectl.run(...replicas)).toBe('1');
  });

  it('loses what a new template no longer has, and gets it back by a rollback', async () => {
    await shop.save('templates', { content: fiveServices({ withSettings: false }) });
    await berth('set', 'blue', '--template-version', '2');
    expect(await berth('impact', 'blue')).toContain('cache:\n  delete ConfigMap/cache-settings\n');
    await berth('deploy', 'blue', '--wait');
    const settings = ['-n=blue', 'get', 'configmap', 'cache-settings', '--ignore-not-found', '-o=name'];
    expect(await shop.kubectl.run(...settings)).toBe('');
    await berth('rollback', 'blue', 'cache', '--wait');
    expect(await shop.kubectl.run(...settings)).toBe('configmap/cache-settings\n');
  });
});

describe('a service that does not get ready', () => {
  /** Nothing listens there. */
  const readinessProbe = { tcpSocket: { port: 8999 }, periodSeconds: 1 };
  const broken = {
    target: { kind: 'Deployment', name: 'cache' },
    patch: { spec: { template: { spec: { containers: [{ name: 'main', readinessProbe }] } } } },
  };
  const labelled = (tier: string) => ({
    target: { kind: 'Deployment', name: 'api' },
    patch: { spec: { template: { metadata: { labels: { tier } } } } },
  });
  const phases = async () =>
    (await shop.releases('green', 'api')).map(({ status }) => status?.phase ?? 'Pending');

  it('holds up those that depend on it, which say why', async () => {
    await shop.override('green', 'cache', broken);
    await shop.override('green', 'api', labelled('first'));
    await berth('deploy', 'green', '--reason', 'tiers');
    const why = /^waits for cache: Deployment cache: /;
    await shop.until('green', 'api waits', ({ status }) =>
      why.test(status?.services?.['api']?.message ?? ''),
    );
    expect(await berth('describe', 'green')).toMatch(/^api +Deploying .* waits for cache: /m);
    await shop.override('green', 'api', labelled('second'));
    await berth('deploy', 'green', 'api');
    expect(await phases()).toEqual(['Published', 'Waiting', 'Pending']);
  });

  it('once mended lets them go on, one release after the other, though the service was killed meanwhile', async () => {
    process.kill(await shop.meta.servicePid(), 'SIGKILL');
    await eventually(() => shop.meta.isServing(), 'the service to be back');
    expect(await phases()).toEqual(['Published', 'Waiting', 'Pending']);
    await shop.override('green', 'cache');
    await berth('deploy', 'green', 'cache', '--wait');
    await shop.until('green', 'the second release of api to run', ({ status }) => {
      const { state, revision } = status?.services?.['api'] ?? {};
      return state === 'Deployed' && revision === 3;
    });
    expect(await phases()).toEqual(['Published', 'Published', 'Published']);
    await shop.podsGone('green', '-l=app=api,tier!=second');
    expect((await shop.pods('green')).map(serviceOf).toSorted()).toEqual(SERVICES);
  });
});

describe('taking away', () => {
  it('stops services before what they depend on, and touches no other instance', async () => {
    const others = await shop.pods('green');
    await berth('undeploy', 'blue', '--wait');
    const [web, api, db] = await Promise.all(
      ['web', 'api', 'db'].map(
        async (service) => times((await shop.releases('blue', service)).slice(-1)).ended,
      ),
    );
    expect(web).toBeLessThanOrEqual(api ?? NaN);
    expect(api).toBeLessThanOrEqual(db ?? NaN);
    await shop.podsGone('blue', '--all');
    expect(await left('blue')).toEqual(['configmap/kube-root-ca.crt']);
    expect(uidsOf(await shop.pods('green'))).toEqual(uidsOf(others));
  });

  it('a deleted instance leaves nothing behind', async () => {
    await berth('delete', 'green', '--yes');
    const ref = { namespace: clusterNamespace(shop.cluster), name: 'green' };
    await shop.meta.until(berthResources.Instance, 'the instance to go', (all) => !all.get(ref));
    await shop.podsGone('green', '--all');
    expect(await left('green')).toEqual(['configmap/kube-root-ca.crt']);
  });

  async function left(namespace: string): Promise<string[]> {
    const kinds = 'deploy,sts,svc,configmap,secret';
    return (await shop.kubectl.run('-n', namespace, 'get', kinds, '-o=name')).trim().split('\n');
  }
});
