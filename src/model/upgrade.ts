/** How a change of version is carried out, and how far it is: parts of the Cluster. */
import { z } from 'zod';
import { timestamp } from './fields.js';

/** Seconds. */
export const DEFAULT_SOAK = 3600;
export const DEFAULT_PROGRESS_DEADLINE = 600;
/** A change of etcd's own version has the one member of a small plan away for some seconds. */
export const DEFAULT_MAX_ERROR_PERCENT = 50;

export const upgradePolicy = z.strictObject({
  soakSeconds: z
    .int()
    .min(0)
    .max(30 * 24 * 3600)
    .optional()
    .describe(
      `How long new binaries act as the old minor before the upgrade is finalised. Absent: ${DEFAULT_SOAK}.`,
    ),
  finalize: z
    .enum(['Automatic', 'Manual'])
    .optional()
    .describe('Manual: the soak lasts until this becomes Automatic. Absent: Automatic.'),
  progressDeadlineSeconds: z
    .int()
    .min(30)
    .max(24 * 3600)
    .optional()
    .describe(`Masters that are not ready by then are rolled back. Absent: ${DEFAULT_PROGRESS_DEADLINE}.`),
  maxErrorPercent: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe(
      'Of what Berth itself reads from the API server in a minute: when more fails, the upgrade is rolled back. ' +
        `Absent: ${DEFAULT_MAX_ERROR_PERCENT}. 100: never.`,
    ),
  attempt: z
    .int()
    .min(0)
    .optional()
    .describe('Raise it to try a version again that was rolled back by itself.'),
  skipGates: z
    .array(z.string().max(60))
    .max(20)
    .optional()
    .describe('Gates that may stay shut, by name: DisruptionBudgetBlocks and the like.'),
});

const stage = z.strictObject({ kubernetesVersion: z.string(), actsAs: z.string().optional() });

export const upgradeStatus = z.strictObject({
  from: z.string(),
  to: z.string(),
  startedAt: timestamp,
  before: stage.optional().describe('The stage before the one that runs: the way back at any moment.'),
  stageStartedAt: timestamp.optional(),
  stageSettledAt: timestamp.optional().describe('When all masters were rolled out at this stage.'),
  waiting: z
    .strictObject({ reason: z.string(), message: z.string() })
    .optional()
    .describe('Why it does not go on.'),
  failed: z
    .strictObject({ attempt: z.int(), reason: z.string(), message: z.string(), at: timestamp })
    .optional()
    .describe('Why it was rolled back by itself.'),
});
export type UpgradeStatus = z.infer<typeof upgradeStatus>;
