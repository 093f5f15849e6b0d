import { homedir } from 'node:os';
import { join } from 'node:path';
import { BinaryProvider } from '../../src/local/binaries/provider.js';

/** The Helm the template engine follows. */
export const HELM_VERSION = '3.22.0';

/** The path of the `helm` command, from PATH, the cache, or built from its Go module. */
export async function helmBinary(version = HELM_VERSION): Promise<string> {
  const provider = new BinaryProvider({
    cacheDir: join(process.env['BERTH_CACHE_DIR'] ?? join(homedir(), '.cache', 'berth'), 'binaries'),
    binDir: process.env['BERTH_BIN_DIR'],
    path: process.env['PATH'] ?? '',
  });
  return provider.path('helm', version);
}
