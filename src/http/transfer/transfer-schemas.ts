/** Shapes of requests about exports and imports. */
import { z } from 'zod';
import { hostName, objectName } from '../../model/fields.js';
import { backupName } from '../backups/backup-schemas.js';

export const exportQuery = z.strictObject({
  backup: backupName.optional().describe('Whose data is exported. Absent: that of the newest backup.'),
});

export const importQuery = z.strictObject({
  name: objectName.optional().describe('Name of the cluster. Absent: the one it had.'),
  host: hostName
    .optional()
    .describe('Host name of its API server. Absent: the one it had, so that kubeconfigs go on.'),
  instances: z
    .enum(['true', 'false'])
    .default('true')
    .describe('false: without instances, releases, templates and configs. What these deployed runs on.'),
});
export type ImportQuery = z.output<typeof importQuery>;
