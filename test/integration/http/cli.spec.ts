import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { load } from 'js-yaml';
import { eventually } from '../../support/eventually.js';
import type { Cluster } from '../../../src/model/cluster.js';
import type { ControlPlaneVersion } from '../../../src/model/control-plane-version.js';
import type { FleetUpgrade } from '../../../src/model/fleet-upgrade.js';
import { berthResources } from '../../../src/model/kinds.js';
import { API_VERSION } from '../../../src/model/names.js';
import type { Operation } from '../../../src/model/operation.js';
import { TestApi } from '../../support/berth-api.js';
import { TestCli } from '../../support/cli.js';

// Each call of the command is a process of its own.
jest.setTimeout(120_000);

let api: TestApi;
let cli: TestCli;
let directory: string;
beforeAll(async () => {
  api = await TestApi.start();
  cli = await TestCli.of(api);
  ({ directory } = cli);
}, 180_000);
afterAll(async () => {
  await api.stop();
  await cli.remove();
});

const berth = (...args: string[]) => cli.run(...args);

describe('berth', () => {
  it('creates a cluster of the newest supported version, and finds it again', async () => {
    const created = await berth('cluster', 'create', 'demo', '-l', 'tier=test', '-o', 'json');
    expect(created).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(created.out)).toMatchObject({
      kind: 'Cluster',
      metadata: { name: 'demo', labels: { tier: 'test' } },
      spec: { version: '1.37.0', plan: 'dev' },
    });
    expect((await berth('cluster', 'list', '-l', 'tier=test', '-o', 'name')).out).toBe('cluster/demo\n');
    expect((await berth('cluster', 'get', 'demo')).out).toMatch(/^NAME +READY +VERSION .*\ndemo +1\.37\.0 /);
    expect((await berth('cluster', 'list', '-q', '-s', 'nothing-like-it')).out).toBe('No clusters.\n');
    expect((await berth('cluster', 'describe', 'demo')).out).toContain('Tenant:        default');
  });

  it('creates what a file says, options over it, and nothing on a dry run', async () => {
    const file = join(directory, 'cluster.yaml');
    await writeFile(
      file,
      `apiVersion: ${API_VERSION}\nkind: Cluster\nmetadata: { name: filed }\nspec: { version: 1.36.3, plan: ha }\n`,
    );
    const dry = await berth('cluster', 'create', '-f', file, '--plan', 'standard', '--dry-run', '-o', 'yaml');
    expect(load(dry.out)).toMatchObject({ metadata: { name: 'filed' }, spec: { plan: 'standard' } });
    expect((await berth('cluster', 'get', 'filed')).code).toBe(3);
    expect((await berth('cluster', 'create', '-f', file)).code).toBe(0);
  });

  it('exits with a code for every kind of failure, and says what to do next', async () => {
    const outcomes = await Promise.all([
      berth('cluster', 'create', 'demo', '--plan', 'ha'),
      berth('cluster', 'create', 'Not_a_name'),
      berth('cluster', 'create'),
      berth('cluster', 'frobnicate'),
      berth('cluster', 'get', 'nobody'),
      berth('cluster', 'delete', 'demo'),
      berth('--server', 'http://127.0.0.1:9', 'cluster', 'list'),
      berth('--token-file', join(directory, 'client.json'), 'cluster', 'list'),
    ]);
    expect(outcomes.map(({ code }) => code)).toEqual([4, 1, 2, 2, 3, 2, 5, 1]);
    expect(outcomes[0]?.err).toMatch(/ClusterExists.*\n.*metadata\.name: is taken\nNext: /);
    expect(outcomes[5]?.err).toContain('--yes');
    expect(outcomes.every(({ out }) => out === '')).toBe(true);
  });

  it('tells machines about failures in JSON', async () => {
    const { err } = await berth('cluster', 'get', 'nobody', '-o', 'json');
    expect(JSON.parse(err)).toMatchObject({ type: 'error', code: 'ClusterNotFound' });
  });

  it('waits for the operation and shows its steps', async () => {
    const waiting = berth('cluster', 'create', 'waited', '--version', '1.36.3', '--wait', '--timeout', '2m');
    await finishCreation('waited');
    const { code, out, err } = await waiting;
    expect(err).toContain('Issue certificates done');
    expect(code).toBe(0);
    expect(out).toMatch(/waited +True +1\.36\.3/);
    const watched = await berth('operation', 'watch', 'waited');
    expect(watched).toMatchObject({ code: 0 });
    expect((await berth('operation', 'get', 'waited', 'create-1')).out).toMatch(
      /IssueCertificates +Done +1\.0s/,
    );
    expect((await berth('operation', 'list', '--cluster', 'waited', '-o', 'name')).out).toBe(
      'operation/create-1\n',
    );
  });

  it('changes what is named and waits until the masters are as asked', async () => {
    const update = (...words: string[]) => berth('cluster', 'update', 'waited', ...words);
    expect(await update()).toMatchObject({ code: 2, err: expect.stringContaining('--plan') as unknown });
    expect(await update('--plan', 'standard')).toMatchObject({
      code: 1,
      err: expect.stringContaining('other volumes') as unknown,
    });
    const waiting = update(
      '--display-name',
      'Waited for',
      '-l',
      'stage=test',
      '--wait',
      '--timeout',
      '2m',
      '-o',
      'json',
    );
    await tellState('waited', 2, 'Ready');
    const { code, out } = await waiting;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      metadata: { labels: { stage: 'test' } },
      spec: { displayName: 'Waited for', version: '1.36.3' },
    });
    const stuck = update('--display-name', 'Stuck', '--wait', '--timeout', '2m');
    await tellState('waited', 3, 'Stalled');
    expect(await stuck).toMatchObject({ code: 1, err: expect.stringContaining('ClusterStalled') as unknown });
    const slow = await update('--display-name', 'Slow', '--wait', '--timeout', '1s');
    expect(slow).toMatchObject({ code: 5, err: expect.stringContaining('WaitTimeout') as unknown });
  });

  it('gives up waiting when the time is over, with a code of its own', async () => {
    const { code, err } = await berth('cluster', 'create', 'slow', '--wait', '--timeout', '1s');
    expect(code).toBe(5);
    expect(err).toContain('WaitTimeout');
  });

  it('deletes when told not to ask', async () => {
    expect(await berth('cluster', 'delete', 'slow', '--yes')).toMatchObject({
      code: 0,
      out: 'cluster/slow is being deleted\n',
    });
  });

  it('plans the upgrade of a fleet, makes it, and takes orders about it', async () => {
    await berth('cluster', 'create', 'fleet-one', '-l', 'fleet=cli', '--kubernetes-version', '1.36.3');
    await berth('cluster', 'create', 'fleet-two', '-l', 'fleet=cli', '--kubernetes-version', '1.36.3');
    const upgrade = [
      'fleet',
      'upgrade',
      '--to',
      '1.37.0',
      '-l',
      'fleet=cli',
      '--wave',
      '50%',
      '--name',
      'night',
    ];
    const plan = await berth(...upgrade, '--dry-run');
    expect(plan).toMatchObject({ code: 0, err: '' });
    expect(plan.out).toMatch(/WAVE +CLUSTER +PHASE .*\n1 +fleet-one +Pending *\n2 +fleet-two +Pending/);
    expect((await berth('fleet', 'list', '-q')).out).toBe('No fleetupgrades.\n');
    expect((await berth(...upgrade, '-o', 'name')).out).toBe('fleetupgrade/night\n');
    expect(await berth(...upgrade)).toMatchObject({
      code: 4,
      err: expect.stringContaining('FleetUpgradeExists'),
    });
    const paused = JSON.parse((await berth('fleet', 'pause', 'night', '-o', 'json')).out) as FleetUpgrade;
    expect(paused.spec.command).toBe('Pause');
    const resumed = await berth('fleet', 'resume', 'night', '--stop-after', '4', '-o', 'json');
    expect((JSON.parse(resumed.out) as FleetUpgrade).spec).toMatchObject({
      command: 'Run',
      strategy: { stopAfterFailures: 4 },
    });
  });

  it('lists what clusters can be made of, and makes tenants', async () => {
    expect((await berth('version', 'list', '-o', 'name')).out).toContain('version/v1.36.3');
    expect((await berth('plan', 'list')).out).toMatch(/^NAME +API SERVERS/);
    expect((await berth('tenant', 'create', 'shop', '--display-name', 'Shop')).out).toMatch(/shop +Shop/);
    expect((await berth('tenant', 'list', '-o', 'name')).out).toBe('tenant/default\ntenant/shop\n');
  });

  it('takes a build of one’s own into the catalogue, which clusters can have until it expires', async () => {
    const { items } = JSON.parse((await berth('version', 'list', '-o', 'json')).out) as {
      items: ControlPlaneVersion[];
    };
    const own = items.find(({ metadata }) => metadata.name === 'v1.36.3');
    const spec = {
      ...own?.spec,
      kubernetesVersion: '1.36.3-shop',
      images: { ...own?.spec.images, kubeApiserver: 'registry.shop.test/kube-apiserver:v1.36.3-shop' },
      components: { apiServer: { extraArgs: { 'max-requests-inflight': '800' } } },
      featureGates: { KubeletTracing: true },
    };
    const file = join(directory, 'version.yaml');
    await writeFile(file, JSON.stringify({ ...own, metadata: { name: 'v1.36.3-shop' }, spec }));
    expect(await berth('version', 'apply', '-f', file, '-o', 'name')).toMatchObject({
      code: 0,
      out: 'version/v1.36.3-shop\n',
    });
    const create = (name: string) => berth('cluster', 'create', name, '--version', '1.36.3-shop');
    expect((await create('tailored')).code).toBe(0);
    const deprecate = (expires: string) =>
      berth('version', 'deprecate', 'v1.36.3-shop', '--expires', expires, '-o', 'json');
    expect(JSON.parse((await deprecate('2099-02-28')).out)).toMatchObject({
      spec: { ...spec, channel: 'deprecated', expiresAt: '2099-02-28T00:00:00.000Z' },
    });
    expect((await create('just-in-time')).code).toBe(0);
    await deprecate('2026-01-31');
    const late = await create('too-late');
    expect(late.code).not.toBe(0);
    expect(late.err).toMatch(/expired[^]*Next: /);
  });

  it('says what is wrong with a file of versions', async () => {
    const file = join(directory, 'broken.yaml');
    for (const [text, expected, complaint] of [
      ['- a\n- list\n', 2, 'holds something else than objects'],
      ['', 2, 'is empty'],
      ['a: {', 2, 'cannot be read'],
      ['kind: ControlPlaneVersion\n', 1, 'metadata'],
    ] as const) {
      await writeFile(file, text);
      const { code, err } = await berth('version', 'apply', '-f', file);
      expect([code, err]).toEqual([expected, expect.stringContaining(complaint)]);
    }
  });

  it('completes names of clusters', async () => {
    expect((await berth('__complete', 'cluster', 'get', 'de')).out).toBe('demo\n');
    expect((await berth('__complete', 'cluster', 'get', 'demo', '')).out).not.toContain('demo');
    expect((await berth('__complete', 'cluster', 'des')).out).toBe('describe\n');
  });

  it('hands out no kubeconfig before the cluster is there, and leaves no file', async () => {
    const file = join(directory, 'kubeconfig');
    expect((await berth('cluster', 'kubeconfig', 'demo', '--write', file)).code).toBe(4);
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

/** What the reconciler would write of a generation, once that is asked for: one condition is True, the others are not. */
async function tellState(name: string, generation: number, what: 'Ready' | 'Stalled'): Promise<void> {
  const { Cluster: clusters } = berthResources;
  const ref = { namespace: `berth-c-${name}`, name };
  const asked = async () => (await api.client.get(clusters, ref)).metadata.generation === generation;
  await eventually(asked, `generation ${generation} of ${name}`);
  const conditions = ['Ready', 'Stalled'].map((type) => ({
    type,
    status: type === what ? 'True' : 'False',
    reason: what,
    message: what === 'Stalled' ? 'nobody knows why' : '',
    lastTransitionTime: '2026-11-21T10:00:00Z',
  }));
  const status = { observedGeneration: generation, conditions };
  await api.client.patch(clusters, ref, { status }, { subresource: 'status' });
}

/** What the reconciler would write. */
async function finishCreation(name: string): Promise<void> {
  const { Cluster: clusters, Operation: operations } = berthResources;
  const ref = { namespace: `berth-c-${name}`, name };
  let cluster: Cluster | undefined;
  while (!cluster) cluster = await api.client.find(clusters, ref);
  const operation: Operation = {
    apiVersion: API_VERSION,
    kind: 'Operation',
    metadata: { name: 'create-1', namespace: ref.namespace },
    spec: { type: 'Create', cluster: name, cause: { user: 'admin' } },
  };
  await api.client.create(operation);
  const times = { startedAt: '2026-11-21T10:00:00Z', finishedAt: '2026-11-21T10:00:01Z' };
  const steps = [{ name: 'IssueCertificates', state: 'Done', ...times }];
  const done = { state: 'Succeeded', steps, ...times };
  const at = { namespace: ref.namespace, name: 'create-1' };
  await api.client.patch(operations, at, { status: done }, { subresource: 'status' });
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'Ready',
    message: '',
    lastTransitionTime: times.finishedAt,
  };
  await api.client.patch(clusters, ref, { status: { conditions: [ready] } }, { subresource: 'status' });
}
