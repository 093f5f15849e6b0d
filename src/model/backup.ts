import { z } from 'zod';
import { condition, objectName, timestamp } from './fields.js';
import { type BerthObject, defineKind } from './kind.js';

export const backupReason = z.enum(['OnDemand', 'Scheduled', 'BeforeRestore', 'BeforeUpgrade', 'Import']);
export type BackupReason = z.infer<typeof backupReason>;

export const backupSpec = z.strictObject({
  cluster: objectName,
  reason: backupReason,
  requestedBy: z.string().max(253).optional().describe('Who asked. Absent: the schedule, or an operation.'),
  description: z.string().max(1000).optional(),
  expiresAt: timestamp
    .optional()
    .describe('Deleted after this. Absent: kept, or for as long as the schedule says.'),
});

export const backupStatus = z.strictObject({
  observedGeneration: z.int().optional(),
  conditions: z.array(condition).optional(),
  state: z.enum(['Running', 'Succeeded', 'Failed']),
  reason: z.string().optional().describe('Stable word for why it failed.'),
  message: z.string().optional(),
  startedAt: timestamp,
  finishedAt: timestamp.optional(),
  attempts: z.int().min(0).optional(),
  clusterUID: z.string().optional(),
  store: z.string().optional().describe('Where it lies, without credentials.'),
  location: z.string().optional().describe('Name of the object in the store.'),
  keyID: z.string().optional().describe('The key it is encrypted with.'),
  revision: z.int().optional().describe('Revision of etcd.'),
  keys: z.int().optional().describe('Keys in etcd: one for each object, and a few more.'),
  sizeBytes: z.int().optional().describe('Size of the database; what is stored is compressed.'),
  digest: z.string().optional().describe('SHA-256 of the snapshot.'),
  contentDigest: z.string().optional().describe('Digest of keys and values alone; the same after a restore.'),
  kubernetesVersion: z.string().optional(),
  etcdVersion: z.string().optional(),
  verifiedAt: timestamp.optional().describe('When it was last read back whole.'),
  drill: z
    .strictObject({
      passed: z.boolean(),
      at: timestamp,
      operation: z.string(),
      message: z.string().optional(),
    })
    .optional()
    .describe('The last time it was restored into a scratch cluster and compared.'),
});

export const backupKind = defineKind({
  kind: 'Backup',
  plural: 'backups',
  namespaced: true,
  description: 'A snapshot of the etcd of a hosted cluster. Deleting it deletes what is in the store.',
  spec: backupSpec,
  status: backupStatus,
  columns: [
    { name: 'Cluster', type: 'string', jsonPath: '.spec.cluster' },
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Reason', type: 'string', jsonPath: '.spec.reason' },
    { name: 'Revision', type: 'integer', jsonPath: '.status.revision' },
    { name: 'Keys', type: 'integer', jsonPath: '.status.keys' },
    { name: 'Bytes', type: 'integer', jsonPath: '.status.sizeBytes' },
    { name: 'Version', type: 'string', jsonPath: '.status.kubernetesVersion', priority: 1 },
    { name: 'Drill passed', type: 'boolean', jsonPath: '.status.drill.passed', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [{ rule: 'self.spec == oldSelf.spec', message: 'a backup is a record: its spec cannot be changed' }],
});

export type BackupSpec = z.infer<typeof backupSpec>;
export type BackupStatus = z.infer<typeof backupStatus>;
export type Backup = BerthObject<'Backup', BackupSpec, BackupStatus>;
