/** A real API server takes every object of the masters, and its Pod Security admission has nothing against them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { renderControlPlane } from '../../../src/control-plane/render.js';
import { tryRun } from '../../../src/core/process.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';
import { kubernetesBinary } from '../../support/kube-binaries.js';
import { mastersInput, planNamed, planNames, specWith } from '../../support/masters.js';

let server: TestApiServer;
let directory: string;
let kubectl: (args: string[], ...objects: object[]) => ReturnType<typeof tryRun>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-masters-'));
  server = await startKubeApiServer();
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, await server.kubeconfig());
  const command = await kubernetesBinary('kubectl');
  kubectl = (args, ...items) =>
    tryRun(command, ['--kubeconfig', kubeconfig, '--cache-dir', directory, ...args, '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'berth-c-demo', labels: { 'pod-security.kubernetes.io/warn': 'restricted' } },
  };
  expect((await kubectl(['apply'], namespace)).stderr).toBe('');
}, 600_000);
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

it.each(planNames)('the objects of plan %s', async (plan) => {
  const input = mastersInput({ plan: planNamed(plan), service: { type: 'NodePort' } }, specWith({ plan }));
  const objects = [...renderControlPlane(input).values()].flat();
  const { code, stderr, stdout } = await kubectl(
    ['apply', '--server-side', '--dry-run=server', '--validate=strict'],
    ...objects,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trim().split('\n')).toHaveLength(objects.length);
});

it('an object that breaks the Pod Security Standard is told of, so the silence above means something', async () => {
  const input = mastersInput();
  const workload = renderControlPlane(input).get('kube-scheduler')?.at(-1);
  const broken = JSON.parse(
    JSON.stringify(workload).replace('"runAsNonRoot":true', '"runAsNonRoot":false'),
  ) as object;
  const { stderr } = await kubectl(['apply', '--server-side', '--dry-run=server'], broken);
  expect(stderr).toContain('would violate PodSecurity "restricted:latest"');
});
