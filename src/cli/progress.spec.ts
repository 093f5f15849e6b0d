import { describe, expect, it } from '@jest/globals';
import { BerthError } from '../core/errors.js';
import { step } from '../core/progress.js';
import { coloursFor } from './colours.js';
import { createReporter, type ProgressStyle } from './progress.js';

/** A reporter whose every look at the clock finds it a second later, and what it wrote. */
function reporter(style: ProgressStyle, columns?: number) {
  const written: string[] = [];
  let now = 0;
  const out = { columns, write: (text: string) => void written.push(text) };
  return {
    written,
    reporter: createReporter(style, out, coloursFor({ isTTY: style === 'live' }, {}), () => (now += 1000)),
  };
}

const broken = new BerthError('NoRoom', 'the disk is full');

/** Two steps and a note: one that goes well, one that fails. */
async function work(style: ProgressStyle, columns?: number): Promise<string[]> {
  const { reporter: steps, written } = reporter(style, columns);
  await step(
    steps,
    'images',
    'Images',
    async (handle) => handle.update('importing'),
    () => '3 imported',
  );
  steps.note('by the way');
  const failing = step(steps, 'disk', 'Disk', () => Promise.reject(broken));
  await expect(failing).rejects.toBe(broken);
  return written;
}

describe('steps', () => {
  it('are lines in a log: start, end with duration, notes', async () => {
    expect((await work('plain')).join('')).toBe(
      'Images ...\nImages done in 1 s (3 imported)\nby the way\nDisk ...\nDisk failed in 1 s\n',
    );
  });

  it('are one JSON object a line for machines, with the code of what failed', async () => {
    const events = (await work('json')).map((line) => JSON.parse(line) as object);
    expect(events).toEqual([
      { type: 'started', step: 'images', title: 'Images' },
      { type: 'updated', step: 'images', title: 'Images', detail: 'importing' },
      { type: 'done', step: 'images', title: 'Images', detail: '3 imported', seconds: 1 },
      { type: 'note', detail: 'by the way' },
      { type: 'started', step: 'disk', title: 'Disk' },
      { type: 'failed', step: 'disk', title: 'Disk', detail: 'the disk is full', code: 'NoRoom', seconds: 1 },
    ]);
  });

  it('say nothing when one asked for quiet', async () => {
    expect(await work('quiet')).toEqual([]);
  });

  it('end as one line each on a terminal, with what became of them', async () => {
    const lines = (await work('live')).filter((text) => text.endsWith('\n')).map(plain);
    expect(lines).toEqual([
      expect.stringMatching(/^✓ Images \d+ s 3 imported\n$/),
      'by the way\n',
      expect.stringMatching(/^✗ Disk \d+ s\n$/),
    ]);
  });

  it('never take more than one line of a narrow terminal while they run', () => {
    const { reporter: steps, written } = reporter('live', 30);
    const handle = steps.start('long', 'A title of some length');
    handle.update('x'.repeat(100));
    handle.done();
    const running = written.filter((text) => !text.endsWith('\n')).map(plain);
    expect(running.length).toBeGreaterThan(0);
    expect(Math.max(...running.map((text) => text.length))).toBeLessThanOrEqual(30);
  });
});

/** Without colours and the clearing of the line. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- this is what terminals are told with
  return text.replaceAll(/\r|\u001B\[[0-9;]*[A-Za-z]/g, '');
}
