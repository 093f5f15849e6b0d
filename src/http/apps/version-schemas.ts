/** Shapes that the versions of templates and configs share in requests and answers. */
import { z } from 'zod';
import { reason, versionNumber } from '../../model/versions.js';

export const versionFields = {
  version: versionNumber,
  author: z.string(),
  reason: z.string().optional(),
  digest: z.string(),
  basedOn: versionNumber.optional(),
  rollbackOf: versionNumber.optional(),
  createdAt: z.iso.datetime(),
};

/** A number in an address. */
export const versionParameter = z.coerce.number().int().min(1).max(2_147_483_647);

export const versionsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('Most versions in the answer.'),
  before: versionParameter.optional().describe('Only versions below this one: the next page.'),
});
export type VersionsQuery = z.output<typeof versionsQuery>;

export const compareQuery = z.strictObject({
  from: versionParameter.optional().describe('The one before `to` unless told.'),
  to: versionParameter.optional().describe('The newest unless told.'),
});
export type CompareQuery = z.output<typeof compareQuery>;

/** Why, and on top of what, something is saved. */
export const editFields = {
  reason: reason.optional(),
  basedOn: versionNumber
    .optional()
    .describe('The version you began with: refused with what changed (409) when it is no longer the newest.'),
};

export const rollbackRequest = z
  .strictObject({ to: versionNumber.describe('The version whose content comes back.'), ...editFields })
  .meta({ id: 'RollbackRequest' });
export type RollbackRequest = z.output<typeof rollbackRequest>;

/** A page of versions, newest first. */
export const versionList = <Item extends z.ZodType>(id: string, item: Item) =>
  z
    .strictObject({
      items: z.array(item),
      next: versionNumber.optional().describe('Parameter `before` of the next page; absent on the last.'),
    })
    .meta({ id });
