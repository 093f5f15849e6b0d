import { homedir } from 'node:os';
import { join } from 'node:path';
import { BinaryProvider } from '../../src/local/binaries/provider.js';
import { COMPONENT_VERSIONS } from '../../src/local/binaries/releases.js';

/** The Kubernetes version tests run against unless they say otherwise. */
export const KUBERNETES_VERSION = '1.36.3';

const provider = new BinaryProvider({
  cacheDir: join(process.env['BERTH_CACHE_DIR'] ?? join(homedir(), '.cache', 'berth'), 'binaries'),
  binDir: process.env['BERTH_BIN_DIR'],
  path: process.env['PATH'] ?? '',
});

/** The path of a Kubernetes command, found or made as `berth up` does it. */
export async function kubernetesBinary(command: string, version = KUBERNETES_VERSION): Promise<string> {
  return provider.path(command, version);
}

/** The path of etcd, etcdctl or etcdutl. */
export async function etcdBinary(command = 'etcd'): Promise<string> {
  return provider.path(command, COMPONENT_VERSIONS.etcd);
}

/** The path of an S3 server over a directory. */
export async function s3Binary(): Promise<string> {
  return provider.path('versitygw', COMPONENT_VERSIONS.versitygw);
}
