/** Binaries built from the Go module proxy: for machines that reach a proxy but no release site. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BerthError, messageOf } from '../../core/errors.js';
import { run } from '../../core/process.js';
import { acquireLock } from '../lock.js';
import type { BinaryCache } from './binary-cache.js';
import { type Release, RELEASES } from './releases.js';
import type { BinaryRequest, BinarySource, Found } from './source.js';

const GO_ENV = {
  CGO_ENABLED: '0',
  GOFLAGS: '-mod=mod',
  // A newer Go than the installed one is fetched by the installed one itself.
  GOTOOLCHAIN: 'auto',
  GOWORK: 'off',
  GOOS: 'linux',
  // Compilers live for seconds: they need not collect garbage as often as servers do.
  GOGC: '400',
};
/** What debuggers read is left out by the linker in the end; not to write it at all saves a sixth of the time. */
const COMPILER_FLAGS = '-gcflags=all=-dwarf=false';

export class GoBuild implements BinarySource {
  readonly name = 'go build';

  constructor(
    private readonly cache: BinaryCache,
    private readonly onProgress: (message: string) => void,
  ) {}

  /** One `go build` makes all asked commands: most of the time goes into packages they share. */
  async find(request: BinaryRequest): Promise<Found> {
    try {
      await run('go', ['version'], { env: GO_ENV });
    } catch {
      return { paths: {}, reason: 'Go is not installed' };
    }
    try {
      // Two builds at once on a small machine take longer than one after the other.
      await using _turn = await acquireLock('go-build', 'a build of another berth process', (holder) =>
        this.onProgress(`waiting for ${holder}`),
      );
      return {
        paths: await this.cache.withScratch((directory) => this.build(request, directory)),
        reason: '',
      };
    } catch (error) {
      return { paths: {}, reason: messageOf(error) };
    }
  }

  private async build(request: BinaryRequest, directory: string): Promise<Record<string, string>> {
    const release = RELEASES[request.release];
    const arch = request.platform.split('-')[1] ?? '';
    const env = { ...GO_ENV, GOARCH: arch };
    await writeFile(join(directory, 'go.mod'), await goMod(request, directory));
    const packages = request.commands.map((command) => packageOf(request, command));
    const started = `building ${request.commands.join(', ')} ${request.version} from source`;
    this.onProgress(started);
    const flags = ['-trimpath', COMPILER_FLAGS, '-ldflags', linkFlags(request)];
    await run('go', ['build', ...flags, '-o', `${join(directory, 'out')}/`, ...packages], {
      cwd: directory,
      env,
      onLine: (line) => this.onProgress(`${started}: ${line}`),
    });
    const paths: Record<string, string> = {};
    for (const command of request.commands) {
      const built = join(directory, 'out', outputName(release.commands, command));
      paths[command] = await this.cache.store(request, command, built);
    }
    return paths;
  }
}

function packageOf({ release }: BinaryRequest, command: string): string {
  const commands: Readonly<Record<string, string>> = RELEASES[release].commands;
  const name = commands[command];
  if (name === undefined) throw new BerthError('UnknownCommand', `${release} has no command ${command}`);
  return name;
}

/** Go names an executable after its package's last path element that is not a major version. */
function outputName(commands: Readonly<Record<string, string>>, command: string): string {
  return basename((commands[command] ?? command).replace(/\/v\d+$/, ''));
}

function linkFlags({ release, version }: BinaryRequest): string {
  const { linkValues }: Release = RELEASES[release];
  const values = Object.entries(linkValues?.(version) ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  return ['-s -w', ...values].join(' ');
}

/**
 * A module that only requires the release. `go install pkg@version` refuses modules with replace directives,
 * and a dependency's own are ignored, so they are repeated here.
 */
async function goMod(request: BinaryRequest, cwd: string): Promise<string> {
  const { release, version } = request;
  const { modules } = RELEASES[release];
  const lines = ['module berth.dev/build', '', `go ${await languageVersion(cwd)}`, ''];
  for (const module of modules) {
    const upstream = await upstreamGoMod(module, version, cwd);
    lines.push(`require ${module} v${version}`, ...replaces(upstream, version));
  }
  lines.push(...(await trimmed(request, cwd)));
  return `${lines.join('\n')}\n`;
}

async function languageVersion(cwd: string): Promise<string> {
  const version = await run('go', ['env', 'GOVERSION'], { cwd, env: GO_ENV });
  return version.trim().replace(/^go(\d+\.\d+).*$/, '$1.0');
}

async function upstreamGoMod(module: string, version: string, cwd: string): Promise<string> {
  return readFile((await downloaded(module, version, cwd)).GoMod, 'utf8');
}

/** Paths of a module's go.mod and of its source. */
async function downloaded(
  module: string,
  version: string,
  cwd: string,
): Promise<{ GoMod: string; Dir: string }> {
  const args = ['mod', 'download', '-json', `${module}@v${version}`];
  return JSON.parse(await run('go', args, { cwd, env: GO_ENV })) as { GoMod: string; Dir: string };
}

/** Replace directives for a release of which something is left out: it is built from a copy that is changed. */
async function trimmed({ release, version }: BinaryRequest, cwd: string): Promise<string[]> {
  const { modules, leftOut = [] }: Release = RELEASES[release];
  const [module] = modules;
  if (leftOut.length === 0 || module === undefined) return [];
  const source = join(cwd, 'source');
  await run('cp', ['-r', '--no-preserve=mode', (await downloaded(module, version, cwd)).Dir, source]);
  const main = join(source, 'main.go');
  await writeFile(main, withoutImports(await readFile(main, 'utf8'), leftOut));
  return [`replace ${module} => ./source`];
}

/** Go source without the blank imports of these packages. */
export function withoutImports(source: string, packages: readonly string[]): string {
  const dropped = new Set(packages.map((name) => `_ "${name}"`));
  const kept = source.split('\n').filter((line) => !dropped.has(line.trim()));
  return kept.join('\n');
}

/**
 * Replace directives that hold outside of the release's own repository. Kubernetes' staging directories are
 * published as v0.MINOR.PATCH; any other directory is a module that is published under its own name.
 */
export function replaces(upstream: string, version: string): string[] {
  const directives = upstream.matchAll(/^\s*(?:replace\s+)?(\S+) => (\S+)(?: (\S+))?\s*$/gm);
  return [...directives].flatMap(([, from = '', to = '', toVersion]) => {
    if (to.startsWith('./staging/'))
      return [`replace ${from} => ${from} v0.${version.split('.').slice(1).join('.')}`];
    return to.startsWith('.') ? [] : [`replace ${from} => ${to} ${toVersion ?? ''}`.trimEnd()];
  });
}
