import { homedir } from 'node:os';
import { join } from 'node:path';
import { HELM_VERSION } from '../../src/engine/chart/capabilities.js';
import { BinaryProvider } from '../../src/local/binaries/provider.js';

/** The path of the `helm` the engine follows, from PATH, the cache, or built from its Go module. */
export async function helmBinary(): Promise<string> {
  const provider = new BinaryProvider({
    cacheDir: join(process.env['BERTH_CACHE_DIR'] ?? join(homedir(), '.cache', 'berth'), 'binaries'),
    binDir: process.env['BERTH_BIN_DIR'],
    path: process.env['PATH'] ?? '',
  });
  return provider.path('helm', HELM_VERSION.slice(1));
}
