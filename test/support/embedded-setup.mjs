// Jest's globalSetup of the end-to-end tests: an embedded meta-cluster for each of Jest's workers, in data directories
// of this checkout. With BERTH_E2E_DATA_DIR set, what is up there is used and left alone.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

// oxlint-disable-next-line import/no-default-export -- Jest takes nothing else
export default async function bringUp({ maxWorkers }) {
  if (process.env.BERTH_E2E_DATA_DIR) return;
  const checkout = createHash('sha256').update(root).digest('hex').slice(0, 8);
  // Jest numbers its workers from 1; embedded.ts takes the one of its worker.
  const dataDirs = Array.from({ length: maxWorkers }, (_, at) =>
    join(tmpdir(), `berth-e2e-${checkout}-${at + 1}`),
  );
  process.env.BERTH_E2E_DATA_DIR = dataDirs.join(':');
  const takeDown = () => Promise.all(dataDirs.map((dataDir) => berth(dataDir, 'down', '--purge')));
  globalThis.berthEndToEnd = { takeDown };
  const ups = await Promise.allSettled(dataDirs.map(freshUp));
  const failed = ups.find(({ status }) => status === 'rejected');
  if (!failed) return;
  // Jest calls no globalTeardown then.
  await takeDown();
  throw failed.reason;
}

async function freshUp(dataDir) {
  // A run that was cut off may have left clusters in any state.
  if (existsSync(dataDir)) await berth(dataDir, 'down', '--purge');
  await berth(dataDir, 'up', '--versions', '1.35.4,1.36.3,1.37.0');
}

function berth(dataDir, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, 'berth'), ['--data-dir', dataDir, ...args], { stdio: ['ignore', 2, 2] });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`berth ${args[0]} ended with exit code ${code}`)),
    );
  });
}
