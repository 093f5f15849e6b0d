import { z } from 'zod';
import { kubernetesVersion, objectName, timestamp } from './fields.js';
import { type BerthObject, defineKind } from './kind.js';
import { maintenancePolicy } from './maintenance.js';
import { upgradePolicy } from './upgrade.js';

const labelSelector = z.string().max(1000).describe('In the syntax of Kubernetes: `a=b,c in (d,e),!f`.');

export const fleetWave = z.strictObject({
  selector: labelSelector.optional().describe('Of those left, clusters whose labels match. Absent: any.'),
  percent: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('So many of all clusters are in this wave and those before. Absent: all that match.'),
});
export type FleetWave = z.infer<typeof fleetWave>;

export const fleetStrategy = z.strictObject({
  waves: z
    .array(fleetWave)
    .max(20)
    .default([])
    .describe('One after another; what none of them takes makes a last one. Empty: all in one.'),
  betweenWavesSeconds: z
    .int()
    .min(0)
    .max(30 * 24 * 3600)
    .default(0)
    .describe('Time to watch a wave that is through before the next one begins.'),
  maxInFlight: z.int().min(1).max(500).default(10).describe('Clusters that are upgraded at once.'),
  stopAfterFailures: z.int().min(1).max(10_000).default(1).describe('Failed clusters that stop it.'),
});

export const fleetCommand = z.enum(['Run', 'Pause', 'Abort']);
export type FleetCommand = z.infer<typeof fleetCommand>;

/** What each upgrade is told; a soak ends by itself. */
export const fleetPolicy = upgradePolicy.omit({ attempt: true, finalize: true });

export const fleetUpgradeSpec = z.strictObject({
  version: kubernetesVersion.describe(
    'What the clusters are taken to, at most one minor above what they run.',
  ),
  selector: labelSelector.default('').describe('Which clusters, by their labels. Empty: all.'),
  tenants: z.array(objectName).min(1).max(1000).optional().describe('Only clusters of these tenants.'),
  upgrade: fleetPolicy.prefault({}).describe('How each of them is upgraded.'),
  strategy: fleetStrategy.prefault({}),
  maintenance: maintenancePolicy.optional().describe('Windows of the fleet, beside those of each cluster.'),
  ignoreClusterWindows: z
    .boolean()
    .default(false)
    .describe('The windows and exclusions of the clusters do not count: for what cannot wait.'),
  cause: z.strictObject({ user: z.string().max(253), reason: z.string().max(1000).optional() }),
  command: fleetCommand.default('Run').describe('What it shall do.'),
});
export type FleetUpgradeSpec = z.infer<typeof fleetUpgradeSpec>;

export const fleetTargetPhase = z.enum([
  'Pending',
  'Upgrading',
  'TakingBack',
  'Done',
  'Unchanged',
  'Failed',
  'Skipped',
]);

const target = z.strictObject({
  cluster: objectName,
  wave: z.int().min(1),
  phase: fleetTargetPhase,
  from: z.string().optional().describe('What the cluster ran before.'),
  generation: z.int().optional().describe('Of the Cluster: what asked for the upgrade.'),
  message: z.string().optional().describe('What it waits for, or why it failed or was left out.'),
  startedAt: timestamp.optional(),
  finishedAt: timestamp.optional(),
});
export type FleetTarget = z.infer<typeof target>;

export const fleetPhase = z.enum([
  'Running',
  'Waiting',
  'Paused',
  'Stopped',
  'Aborting',
  'Aborted',
  'Failed',
  'Succeeded',
]);

/** Of a record that the API server can still store. */
export const MAX_TARGETS = 5000;

export const fleetUpgradeStatus = z.strictObject({
  phase: fleetPhase,
  progress: z.string().describe('How many clusters are through: 120/200.'),
  failed: z.int(),
  wave: z.int().describe('The one under way, from 1.'),
  waves: z.int(),
  message: z.string().optional().describe('What it waits for.'),
  startedAt: timestamp,
  finishedAt: timestamp.optional(),
  targets: z.array(target).max(MAX_TARGETS),
});
export type FleetUpgradeStatus = z.infer<typeof fleetUpgradeStatus>;

export const fleetUpgradeKind = defineKind({
  kind: 'FleetUpgrade',
  plural: 'fleetupgrades',
  namespaced: false,
  description:
    'One upgrade of many clusters: in waves, in their maintenance windows, until too many have failed.',
  spec: fleetUpgradeSpec,
  status: fleetUpgradeStatus,
  columns: [
    { name: 'Version', type: 'string', jsonPath: '.spec.version' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Wave', type: 'integer', jsonPath: '.status.wave' },
    { name: 'Waves', type: 'integer', jsonPath: '.status.waves' },
    { name: 'Progress', type: 'string', jsonPath: '.status.progress' },
    { name: 'Failed', type: 'integer', jsonPath: '.status.failed' },
    { name: 'User', type: 'string', jsonPath: '.spec.cause.user' },
    { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      rule: 'self.spec.version == oldSelf.spec.version && self.spec.selector == oldSelf.spec.selector',
      message: 'what is upgraded to what cannot be changed: make another one',
    },
  ],
});

export type FleetUpgrade = BerthObject<'FleetUpgrade', FleetUpgradeSpec, FleetUpgradeStatus>;
