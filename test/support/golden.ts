/** Golden files: what a review should see of an output, kept beside the test. `UPDATE=1` rewrites them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { stringify } from 'yaml';

/** @param file beside the test: `new URL('NAME', import.meta.url)`. */
export async function expectGolden(text: string, file: URL): Promise<void> {
  if (process.env['UPDATE'] === '1') {
    await mkdir(dirname(fileURLToPath(file)), { recursive: true });
    await writeFile(file, text);
  }
  expect(text).toBe(await readFile(file, 'utf8'));
}

/** Objects as one YAML text, a document each. */
export function documents(objects: readonly unknown[]): string {
  return objects
    .map((object) => stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 }))
    .join('---\n');
}
