/** What a person asked for; read from flags and environment by the command line. */
import type { BinaryLocations } from './binaries/provider.js';
import { KUBERNETES_VERSIONS } from './binaries/releases.js';

export interface LocalSettings {
  /** Absolute path. */
  dataDir: string;
  binaries: BinaryLocations;
  /** Kubernetes version of the meta-cluster. */
  kubernetesVersion?: string;
  /** Further versions whose masters' images are brought. */
  versions: readonly string[];
  /** Port of the service; the first free one from 8600 on unless told. */
  port?: number;
  /** Whether missing packages may be installed. */
  install: boolean;
}

export const DEFAULT_KUBERNETES_VERSION: string = KUBERNETES_VERSIONS[1];
