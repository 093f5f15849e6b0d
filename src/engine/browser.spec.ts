/** The engine runs in browsers: nothing it is made of needs Node, but for what lies in node/. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = import.meta.dirname;
const IMPORT = /^(?:import|export)\s[^'";]*?from\s+'([^']+)'/gm;
/** Each of them runs in browsers, too. */
const PACKAGES = ['@noble/ciphers', '@noble/hashes', 'bcryptjs', 're2js', 'smol-toml'];
const NODE_GLOBALS = /(?<![.\w'"])(?:Buffer|process|require|__dirname|setImmediate)(?=[.(\s])/;

const withoutComments = (source: string): string => source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');

/** Every module the entry leads to, with its source. */
function reach(entry: string, found = new Map<string, string>()): Map<string, string> {
  if (found.has(entry)) return found;
  const source = withoutComments(readFileSync(entry, 'utf8'));
  found.set(entry, source);
  for (const specifier of importsOf(source)) {
    const file = join(dirname(entry), specifier.replace(/\.js$/, '.ts'));
    if (specifier.startsWith('.') && existsSync(file)) reach(file, found);
  }
  return found;
}

const importsOf = (source: string): string[] =>
  [...source.matchAll(IMPORT)].map(([, specifier = '']) => specifier);

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

describe('what the engine is made of', () => {
  const modules = reach(join(ROOT, 'index.ts'));

  it('is all of src/engine but node/', () => {
    expect(modules.size).toBeGreaterThan(120);
    const names = [...modules.keys()].map((file) => relative(ROOT, file));
    expect(names.filter((name) => name.startsWith('..') || name.startsWith('node/'))).toEqual([]);
  });

  it('imports packages that run in browsers, and no module of Node', () => {
    const packages = [...modules.values()]
      .flatMap(importsOf)
      .filter((specifier) => !specifier.startsWith('.'));
    expect([...new Set(packages.map(packageOf))].filter((name) => !PACKAGES.includes(name))).toEqual([]);
  });

  it('uses no global of Node', () => {
    const users = [...modules]
      .filter(([, source]) => NODE_GLOBALS.test(source))
      .map(([file]) => relative(ROOT, file));
    expect(users).toEqual([]);
  });
});
