/** What is left of the check of a snapshot by a process that is killed in the middle of it: nothing. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Child } from '../../support/child.js';
import { eventually } from '../../support/eventually.js';
import { openFiles } from '../../support/open-files.js';
import { buildService } from '../../support/service-process.js';

const NODE = join(import.meta.dirname, '..', '..', '..', 'node_modules', 'node', 'bin', 'node');
const SCRIPT = join(import.meta.dirname, '..', '..', 'support', 'slow-check.mjs');
const BYTES = 4 * 1024 * 1024;
let directory: string;
let checks: Child[];

beforeAll(buildService, 180_000);
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-killed-'));
  checks = [];
});
afterEach(async () => {
  await Promise.all(checks.map((check) => check.kill()));
  await rm(directory, { recursive: true, force: true });
});

/** A check that has come half way: what it got is on the disk. */
async function checkHalfWay(): Promise<Child> {
  const check = new Child(NODE, [SCRIPT, directory, String(BYTES)]);
  checks.push(check);
  await eventually(async () => (await held(check)) === BYTES, 'the part to be on the disk');
  return check;
}

/** Bytes of the directory's disk that a check takes. */
async function held({ pid }: Child): Promise<number> {
  const files = await openFiles(directory, pid);
  return Math.max(0, ...files.map(({ size }) => size));
}

it('a check that is killed leaves nothing, and one beside it in the same directory goes on', async () => {
  const other = await checkHalfWay();
  const killed = await checkHalfWay();
  await killed.kill();
  expect(await readdir(directory)).toEqual([]);
  const again = await checkHalfWay();
  expect(await readdir(directory)).toEqual([]);
  expect(await held(other)).toBe(BYTES);
  expect(await held(again)).toBe(BYTES);
}, 60_000);
