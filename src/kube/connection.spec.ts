import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../test/support/manual-clock.js';
import { connectionFromKubeconfig, connectionTo, inClusterConnection } from './connection.js';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-kubeconfig-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

function kubeconfig(user: object, cluster: object = {}): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://192.0.2.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'one', context: { cluster: 'c', user: 'u' } },
      { name: 'lost', context: { cluster: 'elsewhere', user: 'u' } },
      { name: 'nobody', context: { cluster: 'c', user: 'elsewhere' } },
    ],
    'current-context': 'one',
  });
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a connection from a kubeconfig', () => {
  it('has the certificates in it, and the name for TLS', async () => {
    const user = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') };
    const cluster = { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'demo.example' };
    const connection = await connectionFromKubeconfig({
      text: kubeconfig(user, cluster),
      dial: '127.0.0.1:1',
    });
    expect(connection).toMatchObject({
      server: 'https://192.0.2.1:6443',
      tlsServerName: 'demo.example',
      dial: '127.0.0.1:1',
    });
    expect(await connection.credentials()).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY', headers: {} });
  });

  it('finds files relative to it', async () => {
    await writeFile(join(directory, 'ca.crt'), 'CA');
    await writeFile(
      join(directory, 'config'),
      kubeconfig({ token: 't' }, { 'certificate-authority': 'ca.crt' }),
    );
    const connection = await connectionFromKubeconfig({ file: join(directory, 'config') });
    expect(await connection.credentials()).toMatchObject({
      ca: 'CA',
      headers: { authorization: 'Bearer t' },
    });
  });

  it('takes a renewed token from its file', async () => {
    await writeFile(join(directory, 'token'), 'old\n');
    await writeFile(join(directory, 'config'), kubeconfig({ token: 'unread', tokenFile: 'token' }));
    const clock = new ManualClock();
    const connection = await connectionFromKubeconfig({ file: join(directory, 'config'), clock });
    const authorization = async () => (await connection.credentials()).headers['authorization'];
    expect(await authorization()).toBe('Bearer old');
    await writeFile(join(directory, 'token'), 'new\n');
    await clock.advance(31_000);
    expect(await authorization()).toBe('Bearer new');
  });

  it('takes what is empty for not given', async () => {
    const text = kubeconfig({ token: 't', tokenFile: '' }, { 'certificate-authority': '' });
    const credentials = await (await connectionFromKubeconfig({ text })).credentials();
    expect(credentials).toMatchObject({ ca: undefined, headers: { authorization: 'Bearer t' } });
  });

  it('has a name and a password', async () => {
    const text = kubeconfig({ username: 'ann', password: 'p:w' });
    const { headers } = await (await connectionFromKubeconfig({ text })).credentials();
    expect(headers).toEqual({ authorization: `Basic ${base64('ann:p:w')}` });
  });

  it('asks a plugin who it is, and knows the authority all the same', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-plugin' },
    };
    const exec = {
      apiVersion: credential.apiVersion,
      command: process.execPath,
      args: ['-e', `console.log(${JSON.stringify(JSON.stringify(credential))})`],
      interactiveMode: 'Never',
    };
    const text = kubeconfig({ exec }, { 'certificate-authority-data': base64('CA') });
    const credentials = await (await connectionFromKubeconfig({ text })).credentials();
    expect(credentials).toMatchObject({ ca: 'CA', headers: { authorization: 'Bearer from-plugin' } });
  });

  it.each([
    ['is not YAML', { text: '{' }],
    ['is empty', { text: '' }],
    ['has no such context', { text: kubeconfig({}), context: 'nowhere' }],
    ['names a cluster it does not have', { text: kubeconfig({}), context: 'lost' }],
    ['names a user it does not have', { text: kubeconfig({}), context: 'nobody' }],
    ['is not there', { file: '/nonexistent/kubeconfig' }],
  ])('is refused when it %s', async (_what, source) => {
    await expect(connectionFromKubeconfig(source)).rejects.toMatchObject({
      code: 'KubeconfigInvalid',
      status: 422,
    });
  });
});

it('does not show what stands in a kubeconfig that is no YAML', async () => {
  const refused = connectionFromKubeconfig({ text: 'users:\n- name: u\n  user: {token: T0KEN\n' });
  await expect(refused).rejects.toMatchObject({ message: expect.not.stringContaining('T0KEN') });
  await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('line 4') });
});

it('is not made of nothing outside of a cluster', () => {
  expect(() => inClusterConnection()).toThrow(expect.objectContaining({ code: 'NotInCluster' }));
});

describe('a connection from parts', () => {
  it('sends its token', async () => {
    const { headers } = await connectionTo({ server: 'https://x', token: 'abc' }).credentials();
    expect(headers).toEqual({ authorization: 'Bearer abc' });
  });
});
