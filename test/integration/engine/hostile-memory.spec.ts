/**
 * No template fills the memory: all of them run, each to its own end, in one process that V8 would end when its heap
 * grew over a bound. The clock is taken out, so that only the sizes in the budget hold them.
 */
import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { run } from '../../../src/core/process.js';
import { HOSTILE_TEMPLATES, HOSTILE_VALUES } from '../../support/engine/hostile-templates.js';
import { buildService } from '../../support/service-process.js';

const HEAP_MIB = 384;
const MEBIBYTE = 1024 * 1024;
const TIMEOUT_MS = 300_000;
const SCRIPT = join(import.meta.dirname, '../../support/engine/render-each.mjs');

interface Outcome {
  code?: string;
  message?: string;
  memory: number;
}

/** What became of each template, in a process with a bounded heap. */
async function renderEach(templates: readonly string[]): Promise<Outcome[]> {
  await buildService();
  const input = JSON.stringify({ templates, values: HOSTILE_VALUES });
  const output = await run(process.execPath, [`--max-old-space-size=${HEAP_MIB}`, SCRIPT], { input });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome);
}

describe('the memory of a render', () => {
  it(
    `stays below ${HEAP_MIB} MiB of heap whatever the template`,
    async () => {
      const names = HOSTILE_TEMPLATES.map(([name]) => name);
      const outcomes = await renderEach(HOSTILE_TEMPLATES.map(([, template]) => template));
      const refused = names.filter((_, i) => outcomes[i]?.code !== undefined);
      expect(refused).toEqual(names);
      const most = Math.max(...outcomes.map(({ memory }) => memory));
      console.log(`${names.length} hostile templates, at most ${Math.round(most / MEBIBYTE)} MiB resident`);
      expect(most).toBeLessThan(2 * HEAP_MIB * MEBIBYTE);
    },
    TIMEOUT_MS,
  );
});
