/** What the real helm makes of a chart, and what the engine makes of the same files. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { tryRun } from '../../../src/core/process.js';
import { ChartFile } from '../../../src/engine/chart/chart.js';
import { loadChart } from '../../../src/engine/chart/load.js';
import { formatManifests, renderChart } from '../../../src/engine/chart/render.js';
import { TemplateError } from '../../../src/engine/errors.js';
import { DEFAULT_LIMITS } from '../../../src/engine/language/budget.js';
import { nodeEnvironment } from '../../../src/engine/node/node-environment.js';
import { nodeLoadOptions } from '../../../src/engine/node/load-chart.js';

export type ChartFiles = ReadonlyMap<string, string>;

/** The text that was rendered, or the message of the refusal. */
export type Outcome = { text: string } | { error: string };

const KUBERNETES = 'v1.36.3';
/** On values that hold themselves helm may go on for minutes, and a SIGTERM does not end it. */
const LIMIT = ['timeout', '--signal=KILL', '60'] as const;

/** `helm template` on a chart of these files. */
export async function helmOutcome(helm: string, files: ChartFiles): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-chart-'));
  try {
    for (const [name, text] of files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const args = ['template', 'rel', folder, '--namespace', 'ns1', '--kube-version', KUBERNETES];
    const [timeout, ...limit] = LIMIT;
    const { code, stdout, stderr } = await tryRun(timeout, [...limit, helm, ...args]);
    if (code === 0) return { text: stdout };
    return { error: code === null || code === KILLED ? CRASH : helmMessage(stderr) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the shell makes of SIGKILL. */
const KILLED = 137;
/** Maps that hold themselves end helm by a crash of Go or never, and the engine by an error. */
export const CRASH = 'ends the process';

/** Helm puts advice behind its errors. */
function helmMessage(stderr: string): string {
  if (stderr.includes('goroutine stack exceeds')) return CRASH;
  return stderr
    .replace(/^(?:.*\n)*?Error: /, '')
    .replace(/\n\nUse --debug flag to render out invalid YAML\n$/, '')
    .trim();
}

/** The engine on the same files. */
export function engineOutcome(files: ChartFiles): Outcome {
  const encoder = new TextEncoder();
  const chartFiles = [...files].map(([name, text]) => new ChartFile(name, encoder.encode(text)));
  try {
    const chart = loadChart(chartFiles, nodeLoadOptions);
    const rendered = renderChart(chart, {
      release: { name: 'rel', namespace: 'ns1' },
      capabilities: { kubeVersion: KUBERNETES },
      environment: nodeEnvironment(),
      // A busy machine is slow, not wrong.
      limits: { ...DEFAULT_LIMITS, milliseconds: 60_000 },
    });
    return { text: formatManifests(rendered) };
  } catch (error) {
    if (error instanceof TemplateError && error.code === 'BudgetExceeded') return { error: CRASH };
    return { error: error instanceof Error ? error.message.trim() : String(error) };
  }
}
