import { z } from 'zod';
import { objectName } from './fields.js';
import { type BerthObject, defineKind } from './kind.js';
import {
  immutableVersion,
  latestStatus,
  packed,
  retention,
  versionColumns,
  versionRecord,
  versionStatus,
} from './versions.js';

export const configSpec = z.strictObject({
  displayName: z.string().max(100).optional(),
  description: z.string().max(1000).optional(),
  retention,
});

export const keyType = z.enum(['string', 'number', 'bool', 'list', 'map', 'file', 'image', 'secret']);
export type KeyType = z.infer<typeof keyType>;

const SEGMENT = '([A-Za-z0-9_/@:+~-]|\\\\\\.)+';

/**
 * A key is a path into the values: `image.tag` is `.Values.image.tag`. A dot that is part of a name is written `\.`,
 * as Helm's --set has it.
 */
export const keyName = z
  .string()
  .max(253)
  .regex(
    new RegExp(`^${SEGMENT}(\\.${SEGMENT})*$`),
    'must be names of letters, digits and "_-/@:+~" with dots between',
  );

const open = { 'x-kubernetes-preserve-unknown-fields': true };

/** A secret as it is kept: AES-256-GCM under the data key of its version. */
const sealed = z.string().max(1_400_000);

export const storedKey = z.strictObject({
  name: keyName,
  type: keyType,
  value: z.unknown().meta(open).optional().describe('Absent for secrets and for bytes.'),
  base64: z.string().max(1_400_000).optional().describe('Of files that are not text.'),
  sealed: sealed.optional().describe('Of secrets: what cannot be read without the key of the installation.'),
  description: z.string().max(1000).optional(),
});

export type StoredKey = z.infer<typeof storedKey>;

/** The data key of a version, wrapped by the installation's key `keyId`, which is kept elsewhere. */
const dataKey = z.strictObject({ keyId: z.string().max(63), wrapped: z.string().max(1000) });

export type WrappedKey = z.infer<typeof dataKey>;

export const configContent = z.strictObject({
  keys: z.array(storedKey).max(20_000),
  dataKey: dataKey.optional(),
});

export type ConfigContent = z.infer<typeof configContent>;

export const configVersionSpec = z.strictObject({
  config: objectName,
  ...versionRecord,
  keyCount: z.int().min(0),
  content: configContent.optional().describe('Absent when packed.'),
  packed: packed.optional(),
});

export const configKind = defineKind({
  kind: 'Config',
  plural: 'configs',
  namespaced: true,
  description: 'Typed keys and values that templates are rendered with; its versions hold them.',
  spec: configSpec,
  status: latestStatus,
  columns: [
    { name: 'Version', type: 'integer', jsonPath: '.status.latest' },
    { name: 'Changed by', type: 'string', jsonPath: '.status.changedBy' },
    { name: 'Description', type: 'string', jsonPath: '.spec.description', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});

export const configVersionKind = defineKind({
  kind: 'ConfigVersion',
  plural: 'configversions',
  namespaced: true,
  description: 'One saved state of a config. It never changes.',
  spec: configVersionSpec,
  status: versionStatus,
  columns: [
    { name: 'Config', type: 'string', jsonPath: '.spec.config' },
    { name: 'Keys', type: 'integer', jsonPath: '.spec.keyCount' },
    ...versionColumns,
  ],
  rules: immutableVersion,
});

export type ConfigSpec = z.infer<typeof configSpec>;
export type Config = BerthObject<'Config', ConfigSpec, z.infer<typeof latestStatus>>;
export type ConfigVersion = BerthObject<
  'ConfigVersion',
  z.infer<typeof configVersionSpec>,
  z.infer<typeof versionStatus>
>;
