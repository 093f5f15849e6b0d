/** The contract of every place a binary can come from. */
import type { Platform, ReleaseName } from './releases.js';

/** Some commands of one release at one version. */
export interface BinaryRequest {
  release: ReleaseName;
  version: string;
  platform: Platform;
  commands: readonly string[];
}

export interface Found {
  /** Absolute path by command, for those of the asked commands this source has. */
  paths: Readonly<Record<string, string>>;
  /** Why the others are not there, for the error that lists every source. */
  reason: string;
}

export interface BinarySource {
  readonly name: string;
  find(request: BinaryRequest): Promise<Found>;
}
