import { z } from 'zod';
import { objectName, timestamp } from './fields.js';
import { override, versionRef } from './instance.js';
import { type BerthObject, defineKind } from './kind.js';

export const releaseAction = z.enum(['Deploy', 'Undeploy', 'Restart', 'Scale', 'Rollback']);
export type ReleaseAction = z.infer<typeof releaseAction>;

/** All that a service is rendered from. Each part is immutable, so the same inputs give the same objects for ever. */
export const releaseInputs = z.strictObject({
  template: versionRef,
  config: versionRef.optional(),
  overrides: z.array(override).optional(),
  replicas: z.int().optional(),
  restartedAt: timestamp.optional().describe('Pods older than this are replaced.'),
});
export type ReleaseInputs = z.infer<typeof releaseInputs>;

/** What a release makes, by name and digest; written down before the first object is applied. */
const releaseObject = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  digest: z.string().describe('Digest of the rendered object.'),
  podDigest: z.string().optional().describe('Digest of its pod template.'),
  configVersion: z.int().optional().describe('Version of the config that last changed it.'),
  podConfigVersion: z.int().optional().describe('Version of the config that last changed its pods.'),
});
export type ReleaseObject = z.infer<typeof releaseObject>;

const inventoryEntry = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  uid: z.string(),
  fields: z.string().optional().describe('Digest of the fields that are ours; another one is drift.'),
  kept: z
    .boolean()
    .optional()
    .describe('No longer rendered, and left in place: its removal was not confirmed.'),
});
export type InventoryEntry = z.infer<typeof inventoryEntry>;

const conflict = z.strictObject({
  kind: z.string(),
  name: z.string(),
  field: z.string().optional(),
  manager: z.string().optional(),
  message: z.string(),
});
export type ReleaseConflict = z.infer<typeof conflict>;

export const conflictPolicy = z
  .enum(['refuse', 'take', 'leave'])
  .describe('Fields that others have set: refuse the release, take them over, or leave them as they are.');

/** A release is a record. The API server is told of the fields that identify it and its content. */
const fixed = {
  'x-kubernetes-validations': [
    { rule: 'self == oldSelf', message: 'a release is a record: it cannot be changed' },
  ],
};

export const releaseSpec = z.strictObject({
  instance: objectName.meta(fixed),
  service: objectName.meta(fixed),
  revision: z.int().min(1).meta(fixed),
  action: releaseAction,
  inputs: releaseInputs,
  digest: z.string().max(64).meta(fixed).describe('Digest of everything rendered; empty for an undeploy.'),
  objects: z.array(releaseObject).max(500),
  conflicts: conflictPolicy.default('refuse'),
  adopt: z.boolean().default(false).describe('Take over objects of the same name that were there before.'),
  confirm: z
    .array(z.string().max(330))
    .max(100)
    .optional()
    .describe('Volumes, namespaces and CRDs that may be pruned, as Kind/name.'),
  cause: z.strictObject({
    user: z.string().max(253),
    reason: z.string().max(1000).optional(),
    rollout: z.string().optional(),
    rollbackOf: z.int().optional().describe('Revision whose content is published again.'),
  }),
});
export type ReleaseSpec = z.infer<typeof releaseSpec>;

export const releasePhase = z.enum(['Publishing', 'Waiting', 'Published', 'Failed']);

export const releaseStatus = z.strictObject({
  phase: releasePhase,
  reason: z.string().optional(),
  message: z.string().optional(),
  startedAt: timestamp.optional(),
  finishedAt: timestamp.optional(),
  inventory: z.array(inventoryEntry).max(1000).optional(),
  pruned: z.array(z.string()).max(1000).optional().describe('What this release removed, as Kind/name.'),
  conflicts: z.array(conflict).max(100).optional(),
});
export type ReleaseStatus = z.infer<typeof releaseStatus>;

export const releaseKind = defineKind({
  kind: 'Release',
  plural: 'releases',
  namespaced: true,
  description: 'The immutable record of one published change of one service of an instance.',
  spec: releaseSpec,
  status: releaseStatus,
  columns: [
    { name: 'Instance', type: 'string', jsonPath: '.spec.instance' },
    { name: 'Service', type: 'string', jsonPath: '.spec.service' },
    { name: 'Revision', type: 'integer', jsonPath: '.spec.revision' },
    { name: 'Action', type: 'string', jsonPath: '.spec.action' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Template', type: 'integer', jsonPath: '.spec.inputs.template.version' },
    { name: 'Config', type: 'integer', jsonPath: '.spec.inputs.config.version' },
    { name: 'User', type: 'string', jsonPath: '.spec.cause.user' },
    { name: 'Reason', type: 'string', jsonPath: '.spec.cause.reason' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});

export type Release = BerthObject<'Release', ReleaseSpec, ReleaseStatus>;
