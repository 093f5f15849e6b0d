import { z } from 'zod';
import { upgradePolicy } from '../../model/upgrade.js';
import { kubernetesVersion } from '../../model/fields.js';

const { soakSeconds, finalize, progressDeadlineSeconds, maxErrorPercent, skipGates } = upgradePolicy.shape;
const dryRun = z
  .boolean()
  .default(false)
  .describe('Tell what would be done and which gates are shut; do nothing.');

export const upgradeRequest = z
  .strictObject({
    version: kubernetesVersion.describe('At most one minor above what runs.'),
    soakSeconds,
    finalize,
    progressDeadlineSeconds,
    maxErrorPercent,
    skipGates,
    dryRun,
  })
  .meta({ id: 'UpgradeRequest' });
export type UpgradeRequest = z.output<typeof upgradeRequest>;

export const rollbackRequest = z
  .strictObject({
    version: kubernetesVersion.optional().describe('Absent: what ran before the last upgrade.'),
    restore: z
      .boolean()
      .default(false)
      .describe(
        'With the data of before the upgrade, where the older version cannot read what was stored since.',
      ),
    confirm: z
      .string()
      .max(100)
      .optional()
      .describe('With restore: the name of the cluster. What was written since the upgrade is lost.'),
    skipGates,
    dryRun,
  })
  .prefault({})
  .meta({ id: 'RollbackRequest' });
export type RollbackRequest = z.output<typeof rollbackRequest>;

export const versionChange = z
  .strictObject({
    cluster: z.string(),
    from: z.string(),
    to: z.string(),
    stages: z
      .array(z.strictObject({ kubernetesVersion: z.string(), actsAs: z.string().optional() }))
      .describe('What the masters run one after another.'),
    obstacles: z
      .array(z.strictObject({ gate: z.string(), message: z.string(), next: z.string() }))
      .describe('Gates that are shut; none when it was started.'),
    started: z.boolean(),
    restore: z
      .strictObject({ backup: z.string(), takenAt: z.string(), loss: z.string() })
      .optional()
      .describe('Of a rollback with the data of before: which backup, and what is lost.'),
  })
  .meta({ id: 'VersionChange', description: 'A change of version, started or only thought through.' });
export type VersionChange = z.output<typeof versionChange>;
