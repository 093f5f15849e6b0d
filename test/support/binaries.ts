/** Real Kubernetes and etcd binaries for tests, found or made as `berth up` does it, in the same cache. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BinaryProvider } from '../../src/local/binaries/provider.js';

export const KUBERNETES_VERSION = '1.36.3';
export const ETCD_VERSION = '3.6.16';

const cache =
  process.env['BERTH_CACHE_DIR'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'berth');
const provider = new BinaryProvider({
  cacheDir: join(cache, 'binaries'),
  binDir: process.env['BERTH_BIN_DIR'],
  path: process.env['PATH'] ?? '',
});

/** The path of a command; a build from source may take minutes the first time. */
export function binaryPath(command: string, version = KUBERNETES_VERSION): Promise<string> {
  return provider.path(command, version);
}
