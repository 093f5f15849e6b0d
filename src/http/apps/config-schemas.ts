/** Shapes of requests about configs and of their answers. */
import { z } from 'zod';
import { configKind, configSpec, keyType } from '../../model/config.js';
import { objectName } from '../../model/fields.js';
import { reason, versionNumber } from '../../model/versions.js';
import { creationOf, patchOf } from '../object-shapes.js';
import { editFields, versionFields, versionList } from './version-schemas.js';

const keyInput = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(253)
    .describe('A path into the values: image.tag. A dot of a name is written \\.'),
  type: keyType.optional().describe('Absent: the type it has, else what the value looks like.'),
  value: z.unknown().optional().describe('Absent for a secret that stays what it is.'),
  base64: z.string().max(1_400_000).optional().describe('Bytes of a file or a secret.'),
  description: z.string().max(1000).optional(),
});

const keyEdit = {
  set: z.array(keyInput).max(20_000).default([]).describe('Keys to add or change.'),
  import: z
    .strictObject({ format: z.enum(['env', 'json', 'yaml', 'properties']), text: z.string().max(4_000_000) })
    .optional()
    .describe('A file whose keys are set, too; `set` goes over it.'),
  secrets: z
    .array(z.string().max(253))
    .max(1000)
    .default([])
    .describe('Names, or prefixes with *, of keys that become secret.'),
};

export const configCreation = creationOf(configKind, configSpec.prefault({}))
  .extend({ ...keyEdit, reason: reason.optional() })
  .meta({ id: 'ConfigCreation' });
export type ConfigCreation = z.output<typeof configCreation>;

export const configPatch = patchOf(configKind, z.looseObject({}));
export type ConfigPatch = z.output<typeof configPatch>;

export const configSave = z
  .strictObject({
    ...editFields,
    ...keyEdit,
    unset: z.array(z.string().max(253)).max(20_000).default([]).describe('Keys to remove.'),
    replace: z.boolean().default(false).describe('Remove all keys that are not set here.'),
  })
  .meta({ id: 'ConfigSave' });
export type ConfigSave = z.output<typeof configSave>;

const keyView = z.strictObject({
  name: z.string(),
  type: keyType,
  value: z.unknown().optional().describe('Absent for secrets, which nobody reads back, and for bytes.'),
  base64: z.string().optional(),
  description: z.string().optional(),
});

export const configVersionAnswer = z
  .strictObject({ config: objectName, ...versionFields, keys: z.array(keyView) })
  .meta({
    id: 'ConfigVersionContent',
    description: 'A version of a config with its keys. Secrets have no value here.',
  });
export type ConfigVersionAnswer = z.output<typeof configVersionAnswer>;

export const configVersionList = versionList(
  'ConfigVersionSummaries',
  z.strictObject({ ...versionFields, keyCount: z.int().min(0) }),
);
export type ConfigVersionList = z.output<typeof configVersionList>;

export const configComparison = z
  .strictObject({
    from: versionNumber,
    to: versionNumber,
    changes: z.array(
      z.strictObject({
        key: z.string(),
        change: z.enum(['Added', 'Removed', 'Changed']),
        type: keyType,
        before: z.unknown().optional(),
        after: z.unknown().optional(),
      }),
    ),
    text: z.string().describe('The same as a unified diff.'),
  })
  .meta({ id: 'ConfigComparison', description: 'What two versions of a config differ in.' });
export type ConfigComparison = z.output<typeof configComparison>;

export const keysQuery = z.strictObject({
  q: z.string().max(100).default('').describe('Only keys with this text in their name or open value.'),
});

export const configAnswers: readonly z.ZodType[] = [configVersionAnswer, configVersionList, configComparison];
