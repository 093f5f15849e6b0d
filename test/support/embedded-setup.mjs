// Jest's globalSetup of the end-to-end tests: one embedded meta-cluster for all of them, in a data directory of this
// checkout. With BERTH_E2E_DATA_DIR set, what is up there is used and left alone.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

// oxlint-disable-next-line import/no-default-export -- Jest takes nothing else
export default function bringUp() {
  if (process.env.BERTH_E2E_DATA_DIR) return;
  const checkout = createHash('sha256').update(root).digest('hex').slice(0, 8);
  const dataDir = join(tmpdir(), `berth-e2e-${checkout}`);
  process.env.BERTH_E2E_DATA_DIR = dataDir;
  globalThis.berthEndToEnd = { takeDown: () => berth(dataDir, 'down', '--purge') };
  // A run that was cut off may have left clusters in any state.
  if (existsSync(dataDir)) berth(dataDir, 'down', '--purge');
  berth(dataDir, 'up', '--versions', '1.35.4,1.36.3,1.37.0');
}

function berth(dataDir, ...args) {
  const { status, error } = spawnSync(join(root, 'berth'), ['--data-dir', dataDir, ...args], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw error ?? new Error(`berth ${args[0]} ended with exit code ${status}`);
}
