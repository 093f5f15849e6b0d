/** The certificates of a hosted cluster, as data: what a review of the table or its names should see. */
import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { certificatesFor, type PkiInput, profileOf } from '../../../src/pki/certificates.js';
import { fullPkiInput, pkiInput } from '../../support/pki.js';

it.each([
  ['minimal', pkiInput],
  ['full', fullPkiInput],
])('the table of a %s cluster', async (name, input) => {
  const file = new URL(`${name}.yaml`, import.meta.url);
  const rendered = stringify(table(input), { aliasDuplicateObjects: false });
  if (process.env['UPDATE'] === '1') await writeFile(file, rendered);
  expect(rendered).toBe(await readFile(file, 'utf8'));
});

function table(input: PkiInput): unknown {
  const rows = certificatesFor(input).map((entry) => {
    const { commonName, organizations, usages, subjectAltNames, ttlSeconds } = profileOf(entry, input);
    const details = {
      authority: entry.authority,
      commonName,
      organizations,
      usages,
      subjectAltNames,
      ttlSeconds,
    };
    return [entry.secret, { ...details, kubeconfig: entry.kubeconfig ?? 'none' }];
  });
  return Object.fromEntries(rows);
}
