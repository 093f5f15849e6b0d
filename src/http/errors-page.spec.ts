import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { berthResources } from '../model/kinds.js';

const ROOT = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');
const documented = [...page.matchAll(/^### (\w+)$/gm)].map(([, code = '']) => code);

// The template engine's errors are its own: they carry positions, not codes of the service.
const sources = globSync('src/**/*.ts', { cwd: ROOT })
  .filter((file) => !file.endsWith('.spec.ts') && !file.startsWith('src/engine/'))
  .map((file) => readFileSync(join(ROOT, file), 'utf8'));

/** Codes as they are written down: `new BerthError('Code'`, or a helper that makes one. */
const WRITTEN =
  /\b(?:BerthError|refuseProblems|refused|unavailable|unknownReference|versionError)\(\s*'([A-Z]\w+)'/g;
const written = sources.flatMap((source) => [...source.matchAll(WRITTEN)].map(([, code = '']) => code));
/** Codes that are put together from a word and an ending. */
const composed = [
  ...Object.values(berthResources).map(({ kind }) => `${kind}NotFound`),
  ...['Template', 'Application'].map((kind) => `${kind}Exists`),
  'OperationFailed',
  'OperationSuperseded',
];

describe('docs/errors.md', () => {
  it('explains every code there is', () => {
    // Codes of Kubernetes' own reasons are explained together.
    const needed = [...new Set([...written, ...composed])].filter((code) => !/^Kube[A-Z]/.test(code));
    expect(needed.filter((code) => !documented.includes(code))).toEqual([]);
  });

  it('explains no code that is not there, and none twice', () => {
    const known = new Set([...written, ...composed]);
    expect(documented.filter((code) => !known.has(code))).toEqual([]);
    expect(documented).toEqual([...new Set(documented)]);
  });

  it('says for every code what to do next', () => {
    const sections = page.split(/^### /m).slice(1);
    expect(sections.filter((section) => !/\nNext: \S/.test(section))).toEqual([]);
  });
});
