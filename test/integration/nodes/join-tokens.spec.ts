/** Join tokens against a real API server and controller-manager, used by the real kubeadm and by our script. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../src/core/clock.js';
import { tryRun } from '../../../src/core/process.js';
import type { KubeClient } from '../../../src/kube/client.js';
import type { JoinAccess } from '../../../src/nodes/join-configuration.js';
import { joinObjects } from '../../../src/nodes/join-objects.js';
import { joinScript } from '../../../src/nodes/join-script.js';
import { JoinTokens } from '../../../src/nodes/join-tokens.js';
import { publicKeyPin } from '../../../src/pki/pin.js';
import { ControllerManager } from '../../support/kube-controller-manager.js';
import { freePort } from '../../support/free-port.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';
import { KUBERNETES_VERSION, kubernetesBinary } from '../../support/kube-binaries.js';
import { joinInput } from '../../support/nodes.js';

let server: TestApiServer;
let controllers: ControllerManager;
let client: KubeClient;
let tokens: JoinTokens;
let directory: string;
let access: JoinAccess;
const request = { ttlSeconds: 600, createdBy: 'anna' };

beforeAll(async () => {
  server = await startKubeApiServer({ flags: ['--enable-bootstrap-token-auth'] });
  client = await server.client();
  directory = await mkdtemp(join(tmpdir(), 'berth-join-'));
  const authority = await server.authority();
  const address = new URL(server.url).host;
  for (const object of joinObjects({ ...joinInput, server: address, authority })) {
    await client.apply(object, { fieldManager: 'berth-test' });
  }
  controllers = await ControllerManager.start(server, ['bootstrapsigner', 'tokencleaner']);
  tokens = new JoinTokens(client);
  access = {
    cluster: 'demo',
    server: address,
    token: (await tokens.create(request)).token,
    caCertHash: publicKeyPin(authority),
    kubernetesVersion: KUBERNETES_VERSION,
    packagesUrl: 'https://packages.example',
  };
}, 120_000);

afterAll(async () => {
  await controllers?.stop();
  await server?.stop();
  await rm(directory, { recursive: true });
});

describe('a join token', () => {
  it('is signed when the answer comes, so that kubeadm can use it at once', async () => {
    const { token } = await tokens.create(request);
    const kubeadm = await kubernetesBinary('kubeadm');
    const { code, output } = await runShell(
      `${kubeadm} join phase preflight ${access.server} --token ${token} ` +
        `--discovery-token-ca-cert-hash ${access.caCertHash} --ignore-preflight-errors=all`,
    );
    expect(output).toContain('Reading configuration from the "kubeadm-config" ConfigMap');
    expect(code).toBe(0);
  }, 60_000);

  it('is listed without its secret, and gone when it is revoked', async () => {
    const grant = { labels: { disk: 'ssd' }, usageLimit: 2, description: 'rack 7' };
    const { token, details } = await tokens.create({ ...request, ...grant });
    expect(details).toMatchObject({ ...grant, createdBy: 'anna', usedBy: [] });
    const listed = await tokens.list();
    expect(listed.find(({ id }) => id === details.id)).toMatchObject(grant);
    expect(JSON.stringify(listed)).not.toContain(token.split('.')[1]);
    expect(await tokens.identify(token)).toMatchObject({ id: details.id });
    await tokens.revoke(details.id);
    expect(await tokens.identify(token)).toBeUndefined();
    await expect(tokens.revoke(details.id)).rejects.toMatchObject({ code: 'JoinTokenNotFound' });
  });

  it('is of nobody else: another secret, another id, something else', async () => {
    const [id] = access.token.split('.');
    for (const wrong of [`${id}.aaaaaaaaaaaaaaaa`, `zzzzzz.${access.token.split('.')[1]}`, 'x', '']) {
      expect(await tokens.identify(wrong)).toBeUndefined();
    }
  });
});

describe('the join script', () => {
  it('finds the way to the masters and says what it would do', async () => {
    const { code, output } = await runScript({}, await commands('1.36.3'));
    expect(output).toContain('would run: kubeadm join');
    expect(code).toBe(0);
  });

  it.each([
    ['name lookup', { server: 'masters.invalid:6443' }],
    ['CA pin', { caCertHash: `sha256:${'0'.repeat(64)}` }],
    ['token', { token: 'aaaaaa.aaaaaaaaaaaaaaaa' }],
  ])('says that the hop %s failed', async (hop, wrong) => {
    expect(await runScript(wrong, await commands('1.36.3'))).toMatchObject({ code: 1, failed: hop });
  });

  it('says that nothing listens there', async () => {
    const closed = { server: `127.0.0.1:${await freePort()}` };
    expect(await runScript(closed, await commands('1.36.3'))).toMatchObject({ code: 1, failed: 'TCP' });
  });

  it('says that what listens there speaks no TLS', async () => {
    const plain = await plainServer();
    const port = (plain.address() as { port: number }).port;
    expect(await runScript({ server: `127.0.0.1:${port}` }, await commands('1.36.3'))).toMatchObject({
      code: 1,
      failed: 'TLS',
    });
    plain.close();
  });

  it('says that the clock is off', async () => {
    const path = await commands('1.36.3', {
      date: '[ "$1" = +%s ] && echo 1000000000 || exec /bin/date "$@"',
    });
    expect(await runScript({}, path)).toMatchObject({ code: 1, failed: 'clock' });
  });

  it.each([
    ['1.37.0', 'is newer than the masters'],
    ['1.32.9', 'is more than three minors older'],
  ])('refuses a kubelet of %s before anything is joined', async (version, why) => {
    const result = await runScript({}, await commands(version));
    expect(result).toMatchObject({ code: 1, failed: 'version skew' });
    expect(result.output).toContain(why);
  });

  it.each(['1.35.4', '1.34.1'])('lets a kubelet of %s join', async (version) => {
    expect(await runScript({}, await commands(version))).toMatchObject({ code: 0 });
  });
});

it('a token that nobody signs is taken back', async () => {
  await controllers.stop();
  const impatient = new JoinTokens(client, systemClock, 300);
  const before = await impatient.list();
  await expect(impatient.create(request)).rejects.toMatchObject({ code: 'JoinTokenNotSigned' });
  expect(await impatient.list()).toEqual(before);
});

/** Runs the script with `--dry-run`: every hop is tried, nothing on this machine is changed. */
async function runScript(
  wrong: Partial<JoinAccess>,
  path: string,
): Promise<{ code: number; output: string; failed?: string }> {
  const file = join(directory, 'join.sh');
  await writeFile(file, joinScript({ ...access, ...wrong }), { mode: 0o700 });
  const { code, output } = await runShell(`PATH=${path}:$PATH sh ${file} --dry-run`);
  return { code, output, failed: /^join: ([^:]+):/m.exec(output)?.[1] };
}

/** A directory of commands as a machine with kubelet and kubeadm of a version has them. */
async function commands(version: string, others: Record<string, string> = {}): Promise<string> {
  const path = await mkdtemp(join(directory, 'bin-'));
  const scripts = {
    kubelet: `echo Kubernetes v${version}`,
    kubeadm: `echo v${version}`,
    containerd: ':',
    ...others,
  };
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(path, name), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  }
  return path;
}

async function runShell(command: string): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await tryRun('sh', ['-c', command]);
  return { code: code ?? -1, output: `${stdout}${stderr}` };
}

async function plainServer(): Promise<Server> {
  const plain = createServer((socket) => {
    // The client gives up in the middle of it.
    socket.on('error', () => undefined).end('HTTP/1.0 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  return plain;
}
