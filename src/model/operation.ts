import { z } from 'zod';
import { condition, objectName, timestamp } from './fields.js';
import { type BerthObject, defineKind } from './kind.js';

export const operationType = z.enum([
  'Create',
  'Update',
  'Upgrade',
  'Rollback',
  'Delete',
  'Backup',
  'Restore',
  'Import',
  'Drill',
  'Defragment',
  'ReplaceMember',
]);
export type OperationType = z.infer<typeof operationType>;

/** Seconds; longer than Kubernetes takes to let go of a volume of a node that died (6 minutes). */
export const DEFAULT_RESTORE_DEADLINE = 600;

export const restoreDeadline = z
  .int()
  .min(30)
  .max(24 * 3600)
  .describe(
    'Once the masters are told to stop: when not every member of etcd has the snapshot by then, the restore is given up, ' +
      `and the cluster goes on with the data it had. Large snapshots get more. Absent: ${DEFAULT_RESTORE_DEADLINE}.`,
  );

const restore = z.strictObject({
  backup: z.string().max(253).describe('Name of the Backup.'),
  cluster: objectName.describe('Whose backup it is.'),
  compare: z
    .boolean()
    .optional()
    .describe('What etcd holds afterwards is compared with the backup before the API servers start.'),
  progressDeadlineSeconds: restoreDeadline.optional(),
});

const comparison = z.strictObject({
  keys: z.int().describe('Keys in etcd after the restore.'),
  contentDigest: z.string().describe('Digest of these keys and their values.'),
  expectedKeys: z.int().describe('The same, as the backup says.'),
  expectedContentDigest: z.string(),
});
export type Comparison = z.infer<typeof comparison>;

export const operationSpec = z.strictObject({
  type: operationType,
  cluster: objectName,
  versions: z
    .strictObject({ from: z.string(), to: z.string() })
    .optional()
    .describe('Of an upgrade or a rollback.'),
  member: z.string().max(63).optional().describe('For ReplaceMember: the member of etcd.'),
  restore: restore.optional().describe('For Restore and Import: what is restored.'),
  drill: z
    .strictObject({ backup: z.string().max(253).describe('Name of the Backup.') })
    .optional()
    .describe('For Drill: what is restored into a scratch cluster.'),
  cause: z.strictObject({
    user: z.string().max(253).describe('Who asked.'),
    reason: z.string().max(1000).optional(),
    generation: z.int().optional().describe('Generation of the cluster that this operation brings about.'),
    traceId: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .optional()
      .describe('W3C trace of the request that asked for it; logs carry it too.'),
  }),
});

export const operationState = z.enum(['Running', 'Waiting', 'Succeeded', 'Failed', 'Superseded']);
export type OperationState = z.infer<typeof operationState>;

const step = z.strictObject({
  name: z.string().describe('Stable name of the step.'),
  stage: z.string().optional().describe('Of a change of version: the stage of the masters it was run for.'),
  state: z.enum(['Running', 'Waiting', 'Done', 'Failed']),
  startedAt: timestamp,
  finishedAt: timestamp.optional(),
  reason: z.string().optional().describe('Stable word for why it waits or failed.'),
  message: z.string().optional(),
});
export type OperationStep = z.infer<typeof step>;

export const operationStatus = z.strictObject({
  observedGeneration: z.int().optional(),
  conditions: z.array(condition).optional(),
  state: operationState,
  startedAt: timestamp,
  finishedAt: timestamp.optional(),
  steps: z.array(step).max(200),
  message: z.string().optional(),
  undo: z.string().optional().describe('What undoes it.'),
  comparison: comparison.optional().describe('Of a restore that compares, and of a drill.'),
  failure: z.string().optional().describe('Of a drill that still cleans up: why it did not pass.'),
});
export type OperationStatus = z.infer<typeof operationStatus>;

export const operationKind = defineKind({
  kind: 'Operation',
  plural: 'operations',
  namespaced: true,
  description:
    'A durable record of one change: cause, who, steps with times, reasons for waiting, what undoes it.',
  spec: operationSpec,
  status: operationStatus,
  columns: [
    { name: 'Type', type: 'string', jsonPath: '.spec.type' },
    { name: 'Cluster', type: 'string', jsonPath: '.spec.cluster' },
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'User', type: 'string', jsonPath: '.spec.cause.user' },
    { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    { rule: 'self.spec == oldSelf.spec', message: 'an operation is a record: its spec cannot be changed' },
  ],
});

export type OperationSpec = z.infer<typeof operationSpec>;
export type Operation = BerthObject<'Operation', OperationSpec, OperationStatus>;
