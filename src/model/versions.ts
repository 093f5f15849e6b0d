/** What templates and configs have in common: immutable numbered versions, and how many are kept. */
import { z } from 'zod';
import { condition, timestamp } from './fields.js';
import type { PrinterColumn } from './kind.js';

/** A number that counts from 1 within one template or config, and is never used twice. */
export const versionNumber = z.int().min(1).max(2_147_483_647);

/** Why something was changed, in the words of whoever did. */
export const reason = z.string().max(1000);

/**
 * Which versions may go. Those that an application, an instance or a release names stay whatever this says, and so does
 * the newest one.
 */
export const retention = z
  .strictObject({
    keep: z.int().min(2).max(1000).default(100).describe('How many of the newest versions stay.'),
  })
  .prefault({});

/** What every version records. `digest` is that of the content: two versions with equal content share it. */
export const versionRecord = {
  version: versionNumber,
  author: z.string().max(253).describe('Who saved it.'),
  reason: reason.optional(),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('SHA-256 of the content.'),
  basedOn: versionNumber.optional().describe('The version it was made from.'),
  rollbackOf: versionNumber.optional().describe('The version whose content it brought back.'),
};

/** Content too large to be read in the object: base64 of the gzip of its JSON. */
export const packed = z.string().max(1_400_000);

/** A version is what it was saved as: the API server refuses to change its record. */
export const immutableVersion = [
  {
    rule: 'self.spec.digest == oldSelf.spec.digest && self.spec.version == oldSelf.spec.version',
    message: 'a version cannot be changed: save a new one',
  },
];

/** The newest version, as the service knows it; the versions themselves are the truth. */
export const latestStatus = z.strictObject({
  observedGeneration: z.int().optional(),
  conditions: z.array(condition).optional(),
  latest: versionNumber.optional().describe('Number of the newest version.'),
  changedAt: timestamp.optional(),
  changedBy: z.string().max(253).optional(),
});

export const versionStatus = z.strictObject({ conditions: z.array(condition).optional() });

export type LatestStatus = z.infer<typeof latestStatus>;

/** Name of the object that holds a version: no name of a template or config has a dot. */
export function versionName(of: string, version: number): string {
  return `${of}.v${version}`;
}

/** Printer columns that every kind of version has after its own. */
export const versionColumns: PrinterColumn[] = [
  { name: 'Version', type: 'integer', jsonPath: '.spec.version' },
  { name: 'Author', type: 'string', jsonPath: '.spec.author' },
  { name: 'Reason', type: 'string', jsonPath: '.spec.reason' },
  { name: 'Based on', type: 'integer', jsonPath: '.spec.basedOn', priority: 1 },
  { name: 'Rollback of', type: 'integer', jsonPath: '.spec.rollbackOf', priority: 1 },
  { name: 'Digest', type: 'string', jsonPath: '.spec.digest', priority: 1 },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];
