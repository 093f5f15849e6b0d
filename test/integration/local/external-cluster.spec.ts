/** `berth up --meta-kubeconfig`: a cluster that is there already, used by somebody who is not root. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunResult, tryRun } from '../../../src/core/process.js';
import type { KubeClient } from '../../../src/kube/client.js';
import type { LocalStatus } from '../../../src/local/status.js';
import { berthResources } from '../../../src/model/kinds.js';
import { TestApiServer } from '../../support/kube-apiserver.js';
import { buildService } from '../../support/service-process.js';

const BERTH = join(import.meta.dirname, '..', '..', '..', 'berth');
/** In a user namespace a process has any id; what it may do with files stays as it was. */
const AS_USER = ['--user', '--map-user=1000', '--map-group=1000'];

let meta: TestApiServer;
let client: KubeClient;
let scratch: string;
let kubeconfig: string;

beforeAll(async () => {
  await buildService();
  meta = await TestApiServer.start();
  client = await meta.client();
  scratch = await mkdtemp(join(tmpdir(), 'berth-external-'));
  kubeconfig = join(scratch, 'admin.conf');
  await writeFile(kubeconfig, await meta.kubeconfig());
}, 120_000);
afterAll(async () => {
  await berth('down', '--purge');
  await meta.stop();
  await rm(scratch, { recursive: true, force: true });
});

const berth = (...args: string[]): Promise<RunResult> =>
  tryRun('unshare', [...AS_USER, BERTH, '--data-dir', join(scratch, 'data'), ...args]);

async function status(): Promise<LocalStatus> {
  return JSON.parse((await berth('status', '-o', 'json')).stdout) as LocalStatus;
}

async function up(): Promise<{ service: string; ingress?: string; kubeconfig: string }> {
  const { code, stdout, stderr } = await berth('up', '--meta-kubeconfig', kubeconfig, '-o', 'json');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Awaited<ReturnType<typeof up>>;
}

describe('somebody who is not root', () => {
  it('is told that an embedded meta-cluster needs it, and how to go on', async () => {
    const { code, stderr } = await berth('up');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/does not run without root \[NotSupportedHere\]/);
    expect(stderr).toContain('berth up --meta-kubeconfig FILE');
  });

  it('brings the service up on a cluster there is, and nothing else', async () => {
    const endpoints = await up();
    expect(endpoints).toMatchObject({ kubeconfig });
    expect(endpoints.ingress).toBeUndefined();
    const { parts, healthy } = await status();
    expect(healthy).toBe(true);
    expect(parts.map(({ part }) => part)).toEqual(['api', 'service']);
    const { items } = await client.list(berthResources.Plan);
    const plans = (await berth('plan', 'list', '-o', 'name')).stdout.trim().split('\n');
    expect(plans.sort()).toEqual(items.map(({ metadata }) => `plan/${metadata.name}`).sort());
    expect(plans).not.toEqual([]);
  });

  it('may say so again: what runs stays', async () => {
    const { service } = await up();
    expect(await up()).toMatchObject({ service });
    expect((await fetch(new URL('/readyz', service))).status).toBe(200);
  });

  it('keeps what was not made by `up`, although asked to remove it', async () => {
    const { service } = await up();
    const { code, stderr } = await berth('down', '--purge', '--data-dir', scratch);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\[NotAnInstallation\]/),
    });
    expect(await readdir(scratch)).toEqual(expect.arrayContaining(['admin.conf', 'data']));
    expect((await fetch(new URL('/readyz', service))).status).toBe(200);
  });

  it('takes down what was started, and the cluster keeps its objects', async () => {
    const { service } = await up();
    expect((await berth('down')).code).toBe(0);
    await expect(fetch(new URL('/readyz', service))).rejects.toThrow();
    expect((await client.list(berthResources.Plan)).items).not.toEqual([]);
  });
});
