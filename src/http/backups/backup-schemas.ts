/** Shapes of requests about backups. */
import { z } from 'zod';
import { objectName, timestamp } from '../../model/fields.js';
import { restoreDeadline } from '../../model/operation.js';

/** DNS-1123 subdomain; short enough for the names of what is made for it. */
export const backupName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be lower-case letters, digits and "-"');

export const backupRequest = z
  .strictObject({
    name: backupName.optional().describe('Absent: made from the time.'),
    description: z.string().max(1000).optional(),
    expiresAt: timestamp.optional().describe('Deleted after this. Absent: kept until somebody deletes it.'),
  })
  .prefault({})
  .meta({ id: 'BackupRequest' });
export type BackupRequest = z.output<typeof backupRequest>;

export const restoreRequest = z
  .strictObject({
    backup: backupName.describe('Name of the backup.'),
    fromCluster: objectName
      .optional()
      .describe(
        "Another cluster's backup is restored: all that is in this cluster gives way to a copy of that one.",
      ),
    reason: z.string().max(1000).optional(),
    progressDeadlineSeconds: restoreDeadline.optional(),
    confirm: z
      .string()
      .max(100)
      .optional()
      .describe('The name of the cluster: what was written since is lost.'),
  })
  .meta({ id: 'RestoreRequest' });
export type RestoreRequest = z.output<typeof restoreRequest>;

export const drillRequest = z
  .strictObject({
    backup: backupName.optional().describe('Name of the backup. Absent: the newest.'),
    reason: z.string().max(1000).optional(),
  })
  .prefault({})
  .meta({ id: 'DrillRequest' });
export type DrillRequest = z.output<typeof drillRequest>;
