import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '../wait.js';
import { BackgroundProcess } from './background-process.js';

/** Writes its process id, then waits. */
const SCRIPT = 'echo $$ >>"$PIDS"; exec sleep 600';

describe('BackgroundProcess', () => {
  let directory: string;
  let program: BackgroundProcess;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-process-'));
    program = make();
  });
  afterEach(async () => {
    await program.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const make = (env: Record<string, string> = {}): BackgroundProcess =>
    new BackgroundProcess({
      name: 'sleeper',
      directory,
      command: 'sh',
      args: ['-c', SCRIPT],
      env: { PIDS: join(directory, 'pids'), ...env },
    });
  const pids = async (): Promise<number[]> => {
    const text = await readFile(join(directory, 'pids'), 'utf8').catch(() => '');
    return text.split('\n').filter(Boolean).map(Number);
  };
  const started = (times: number): Promise<void> =>
    waitUntil(`start ${times}`, async () => (await pids()).length === times, 10_000, 20);

  it('starts once, however often it is asked to', async () => {
    await program.ensure();
    await started(1);
    await program.ensure();
    expect(await program.isRunning()).toBe(true);
    expect(await pids()).toHaveLength(1);
  });

  it('comes again after its program was killed', async () => {
    await program.ensure();
    await started(1);
    const [pid = 0] = await pids();
    process.kill(pid, 'SIGKILL');
    await started(2);
    expect(await program.isRunning()).toBe(true);
  });

  it('is replaced when its environment changes', async () => {
    await program.ensure();
    await started(1);
    program = make({ PORT: '1' });
    await program.ensure();
    await started(2);
    const [first = 0] = await pids();
    expect(() => process.kill(first, 0)).toThrow('ESRCH');
  });

  it('ends its program even when the supervisor was killed', async () => {
    await program.ensure();
    await started(1);
    const state = await readFile(join(directory, 'sleeper.json'), 'utf8');
    process.kill((JSON.parse(state) as { pid: number }).pid, 'SIGKILL');
    await waitUntil('the supervisor to be gone', async () => !(await program.isRunning()), 5_000, 20);
    expect(await program.isPresent()).toBe(true);
    await program.stop();
    const [pid = 0] = await pids();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(await program.isPresent()).toBe(false);
  });
});
