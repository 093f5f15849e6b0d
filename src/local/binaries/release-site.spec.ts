import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BinaryCache } from './binary-cache.js';
import { type Fetch, ReleaseSite } from './release-site.js';
import type { BinaryRequest } from './source.js';

const BINARY = Buffer.from('#!/bin/sh\necho v1\n');
const SUM = createHash('sha256').update(BINARY).digest('hex');

describe('ReleaseSite', () => {
  let scratch: string;
  let asked: string[];

  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'berth-site-'));
    asked = [];
  });
  afterEach(() => rm(scratch, { recursive: true, force: true }));

  const site = (answer: (url: string) => Response): ReleaseSite => {
    const fetch: Fetch = async (url) => {
      asked.push(url);
      return answer(url);
    };
    return new ReleaseSite(new BinaryCache(scratch), () => undefined, fetch);
  };
  const request = (...commands: string[]): BinaryRequest => ({
    release: 'kubernetes',
    version: '1.36.3',
    platform: 'linux-amd64',
    commands,
  });

  it('downloads what its publisher signs for, as an executable file', async () => {
    const found = await site((url) => new Response(url.endsWith('.sha256') ? `${SUM}\n` : BINARY)).find(
      request('kube-scheduler'),
    );
    const path = found.paths['kube-scheduler'] ?? '';
    expect(asked[1]).toBe('https://dl.k8s.io/release/v1.36.3/bin/linux/amd64/kube-scheduler');
    expect(await readFile(path)).toEqual(BINARY);
    expect((await stat(path)).mode & 0o111).not.toBe(0);
  });

  it('refuses other bytes and keeps nothing of them', async () => {
    const wrong = site((url) => new Response(url.endsWith('.sha256') ? SUM : 'something else'));
    const found = await wrong.find(request('kube-scheduler'));
    expect(found.paths).toEqual({});
    expect(found.reason).toContain(`its publisher says ${SUM}`);
    expect(await readdir(join(scratch, 'scratch'))).toEqual([]);
    expect((await new BinaryCache(scratch).find(request('kube-scheduler'))).paths).toEqual({});
  });

  it('asks a site that cannot be reached only once', async () => {
    const dead = site(() => {
      throw new TypeError('fetch failed', { cause: new Error('ENOTFOUND') });
    });
    const first = await dead.find(request('kube-scheduler', 'kubectl'));
    const second = await dead.find(request('kubelet'));
    expect([first.reason, second.reason]).toEqual(Array(2).fill('dl.k8s.io cannot be reached (ENOTFOUND)'));
    expect(asked).toHaveLength(1);
  });

  it('says what a site answers instead of a file', async () => {
    const missing = site(() => new Response('', { status: 404, statusText: 'Not Found' }));
    expect((await missing.find(request('kubectl'))).reason).toMatch(
      /kubectl\.sha256 answered 404 Not Found$/,
    );
  });
});
