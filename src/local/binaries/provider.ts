/** Finds binaries: the user's own, the cache, the official release site, a build from source, in this order. */
import { arch } from 'node:process';
import { BerthError } from '../../core/errors.js';
import { acquireLock } from '../lock.js';
import { BinaryCache } from './binary-cache.js';
import { DirectorySource } from './directory-source.js';
import { GoBuild } from './go-build.js';
import { type Platform, releaseOf } from './releases.js';
import { ReleaseSite } from './release-site.js';
import type { BinaryRequest, BinarySource } from './source.js';

/** Where binaries are looked for and kept. */
export interface BinaryLocations {
  /** Where binaries are kept between runs; shared by all data directories of a user. */
  cacheDir: string;
  /** Directory of the user's own binaries, looked at first. */
  binDir?: string;
  /** The PATH to look at, as in the environment. */
  path: string;
}

export interface BinaryProviderOptions extends BinaryLocations {
  onProgress?: (message: string) => void;
}

export interface Wanted {
  command: string;
  version: string;
}

/** A command at a version; `from` is the name of the source it came from. */
export interface Binary extends Wanted {
  path: string;
  from: string;
}

export class BinaryProvider {
  readonly #cache: BinaryCache;
  readonly #near: readonly BinarySource[];
  readonly #far: readonly BinarySource[];
  readonly #onProgress: (message: string) => void;

  constructor({ cacheDir, binDir, path, onProgress = () => undefined }: BinaryProviderOptions) {
    this.#onProgress = onProgress;
    this.#cache = new BinaryCache(cacheDir);
    const given = binDir === undefined ? [] : [new DirectorySource(`--bin-dir ${binDir}`, [binDir])];
    const onPath = new DirectorySource('PATH', path.split(':').filter(Boolean));
    this.#near = [...given, onPath, this.#cache];
    this.#far = [new ReleaseSite(this.#cache, onProgress), new GoBuild(this.#cache, onProgress)];
  }

  /** Finds or makes all of them. Throws `BinaryUnavailable`, naming every source and why it had none. */
  async resolve(wanted: readonly Wanted[]): Promise<Binary[]> {
    const found: Binary[] = [];
    for (const request of groupByRelease(wanted)) found.push(...(await this.resolveRelease(request)));
    return found;
  }

  /** The path of one command. */
  async path(command: string, version: string): Promise<string> {
    const [binary] = await this.resolve([{ command, version }]);
    if (!binary) throw new BerthError('BinaryUnavailable', `${command} ${version} was not found`);
    return binary.path;
  }

  private async resolveRelease(request: BinaryRequest): Promise<Binary[]> {
    const near = await search(request, this.#near);
    if (near.missing.length === 0) return near.found;
    const what = `${near.missing.join(', ')} ${request.version}`;
    await using _lock = await acquireLock(this.#cache.lockName(request), `fetching ${what}`, (holder) =>
      this.#onProgress(`waiting for another berth process: ${holder}`),
    );
    // The process that held the lock before may have left them in the cache.
    const far = await search({ ...request, commands: near.missing }, [this.#cache, ...this.#far]);
    if (far.missing.length > 0) throw unavailable(request, far.missing, [...near.reasons, ...far.reasons]);
    return [...near.found, ...far.found];
  }
}

interface SearchResult {
  found: Binary[];
  missing: readonly string[];
  reasons: string[];
}

async function search(request: BinaryRequest, sources: readonly BinarySource[]): Promise<SearchResult> {
  const found: Binary[] = [];
  const reasons: string[] = [];
  let missing = request.commands;
  for (const source of sources) {
    if (missing.length === 0) break;
    const { paths, reason } = await source.find({ ...request, commands: missing });
    for (const [command, path] of Object.entries(paths)) {
      found.push({ command, version: request.version, path, from: source.name });
    }
    missing = missing.filter((command) => !(command in paths));
    if (missing.length > 0) reasons.push(`${source.name}: ${reason}`);
  }
  return { found, missing, reasons };
}

function groupByRelease(wanted: readonly Wanted[]): BinaryRequest[] {
  const groups = new Map<string, BinaryRequest & { commands: string[] }>();
  for (const { command, version } of wanted) {
    const release = releaseOf(command);
    if (!release) throw new BerthError('UnknownCommand', `${command} is not a command Berth can provide`);
    const key = `${release} ${version}`;
    const group = groups.get(key) ?? { release, version, platform: platform(), commands: [] };
    if (!group.commands.includes(command)) group.commands.push(command);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The platform binaries are for: always Linux, they run in the embedded meta-cluster only. */
function platform(): Platform {
  return arch === 'arm64' ? 'linux-arm64' : 'linux-amd64';
}

function unavailable(
  request: BinaryRequest,
  missing: readonly string[],
  reasons: readonly string[],
): BerthError {
  const what = `${missing.join(', ')} ${request.version}`;
  const tried = [...new Set(reasons)].map((reason) => `  ${reason}`).join('\n');
  return new BerthError('BinaryUnavailable', `${what} cannot be had:\n${tried}`, {
    next: 'Connect to the internet, install Go 1.21 or newer (it builds them), or put the binaries into a directory and give it with --bin-dir.',
  });
}
