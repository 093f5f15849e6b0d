import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BinaryProvider } from './provider.js';

describe('BinaryProvider', () => {
  let scratch: string;
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'berth-bin-'));
  });
  afterEach(() => rm(scratch, { recursive: true, force: true }));

  const program = async (directory: string, name: string, says: string): Promise<string> => {
    await mkdir(join(scratch, directory), { recursive: true });
    const path = join(scratch, directory, name);
    await writeFile(path, `#!/bin/sh\necho "${says}"\n`, { mode: 0o755 });
    return path;
  };
  const provider = (binDir?: string): BinaryProvider =>
    new BinaryProvider({
      cacheDir: join(scratch, 'cache'),
      binDir: binDir && join(scratch, binDir),
      path: join(scratch, 'path'),
    });

  it('takes a given directory before PATH', async () => {
    await program('path', 'kubelet', 'Kubernetes v1.36.3');
    const given = await program('mine', 'kubelet', 'Kubernetes v1.36.3');
    const [found] = await provider('mine').resolve([{ command: 'kubelet', version: '1.36.3' }]);
    expect(found).toEqual({
      command: 'kubelet',
      version: '1.36.3',
      path: given,
      from: expect.stringContaining('mine'),
    });
  });

  it('passes over a binary of another version', async () => {
    await program('mine', 'kubelet', 'Kubernetes v1.36.2');
    const onPath = await program('path', 'kubelet', 'Kubernetes v1.36.3');
    await expect(provider('mine').path('kubelet', '1.36.3')).resolves.toBe(onPath);
  });

  it.each([
    ['kubectl', '1.36.3', 'Client Version: v1.36.3\nKustomize Version: v5.8.1'],
    ['etcdctl', '3.6.16', 'etcdctl version: 3.6.16\nAPI version: 3.6'],
    ['coredns', '1.14.7', 'CoreDNS-1.14.7\nlinux/amd64'],
    ['traefik', '3.6.12', 'Version:      3.6.12\nCodename: ramequin'],
  ])('understands how %s tells its version', async (command, version, says) => {
    const path = await program('path', command, says);
    await expect(provider().path(command, version)).resolves.toBe(path);
  });

  it('knows nothing of other commands', async () => {
    await expect(provider().path('minikube', '1.0.0')).rejects.toMatchObject({ code: 'UnknownCommand' });
  });
});
