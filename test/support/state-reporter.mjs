// A reporter of Jest: when an end-to-end test fails, it tells what the meta-clusters are like at that moment. Nobody can
// look later, as they are taken down.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const WARNINGS = 15;
const LOG_LINES = 15;
const LONGEST_LINE = 500;
const RECENT_MS = 5 * 60_000;

// oxlint-disable-next-line import/no-default-export -- Jest takes nothing else
export default class StateReporter {
  #told = new Set();
  #telling = Promise.resolve();

  /** Once a file: one failure often brings others. */
  onTestCaseResult({ path }, { status }) {
    if (status !== 'failed' || this.#told.has(path)) return;
    this.#told.add(path);
    const dataDirs = process.env.BERTH_E2E_DATA_DIR?.split(':') ?? [];
    this.#telling = Promise.all([this.#telling, ...dataDirs.map(tell)]);
  }

  async onRunComplete() {
    await this.#telling;
  }
}

async function tell(dataDir) {
  const lines = await stateOf(dataDir).catch((error) => [`cannot be told: ${error.message}`]);
  process.stderr.write(`${[`The meta-cluster of ${dataDir} at the failure:`, ...lines].join('\n  ')}\n`);
}

async function stateOf(dataDir) {
  // The build need not be there when Jest starts.
  const [{ KubeClient }, { connectionFromKubeconfig }, { resources }, { dataDir: parts }] = await Promise.all(
    [
      import('../../dist/kube/client.js'),
      import('../../dist/kube/connection.js'),
      import('../../dist/kube/resources.js'),
      import('../../dist/local/paths.js'),
    ],
  );
  const { kubeconfig, service } = parts(dataDir);
  const log = await lastLines(join(service, 'berth.log')).catch((error) => [`no log: ${error.message}`]);
  const client = new KubeClient(await connectionFromKubeconfig({ file: kubeconfig }));
  try {
    const [pods, events] = await Promise.all([client.list(resources.Pod), client.list(resources.Event)]);
    return [...pods.items.flatMap(troublesOf), ...warnings(events.items), ...log];
  } finally {
    await client.close();
  }
}

/** How the log of the service ends. */
async function lastLines(file) {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-LOG_LINES);
  return lines.map((line) => line.slice(0, LONGEST_LINE));
}

/** Containers that are not ready, or were started again. */
function troublesOf({ metadata: { namespace, name }, status }) {
  return (status?.containerStatuses ?? [])
    .filter(({ ready, restartCount }) => !ready || restartCount > 0)
    .map(({ restartCount, state, lastState }) => {
      const before = lastState?.terminated ? ` before: ${JSON.stringify(lastState.terminated)}` : '';
      return `${namespace}/${name} restarts=${restartCount} ${JSON.stringify(state)}${before}`;
    });
}

/** The newest of the last minutes, but not those of everything that starts. */
function warnings(events) {
  const at = ({ series, deprecatedLastTimestamp, eventTime, metadata }) =>
    Date.parse(
      series?.lastObservedTime ?? deprecatedLastTimestamp ?? eventTime ?? metadata.creationTimestamp,
    );
  return events
    .filter(({ type, note }) => type === 'Warning' && !note?.startsWith('Startup probe failed'))
    .filter((event) => Date.now() - at(event) < RECENT_MS)
    .sort((a, b) => at(a) - at(b))
    .slice(-WARNINGS)
    .map((event) => {
      const { namespace, name } = event.regarding;
      return `${new Date(at(event)).toISOString()} ${namespace}/${name} ${event.reason}: ${event.note}`;
    });
}
