import { z } from 'zod';
import { objectName, timestamp } from './fields.js';
import { type BerthObject, defineKind } from './kind.js';
import { conflictPolicy } from './release.js';

export const instanceRef = z.strictObject({ cluster: objectName, instance: objectName });
export type InstanceRef = z.infer<typeof instanceRef>;

export const rolloutStrategy = z.strictObject({
  maxInFlight: z.int().min(1).max(500).default(10).describe('Instances that are published at once.'),
  stopAfterFailures: z.int().min(1).max(10_000).default(1).describe('Failed instances that end it.'),
  offline: z.enum(['Skip', 'Wait']).default('Skip').describe('Instances whose cluster does not answer.'),
  awaitDeployed: z
    .boolean()
    .default(true)
    .describe('An instance is done when its services run; else when everything is applied.'),
});

export const rolloutCommand = z.enum(['Run', 'Pause', 'Abort', 'RollBack']);

export type RolloutCommand = z.infer<typeof rolloutCommand>;

export const rolloutSpec = z.strictObject({
  targets: z.array(instanceRef).min(1).max(2000),
  services: z.array(objectName).max(200).optional().describe('Absent: all of each instance.'),
  templateVersion: z.int().min(1).optional().describe('The instances are moved to it; absent: as drafted.'),
  configVersion: z.int().min(1).optional().describe('The instances are moved to it; absent: as drafted.'),
  conflicts: conflictPolicy.default('refuse'),
  strategy: rolloutStrategy.prefault({}),
  cause: z.strictObject({ user: z.string().max(253), reason: z.string().max(1000).optional() }),
  command: rolloutCommand.default('Run').describe('What it shall do; the one field that changes.'),
});
export type RolloutSpec = z.infer<typeof rolloutSpec>;

export const targetPhase = z.enum([
  'Pending',
  'Publishing',
  'Done',
  'Unchanged',
  'Failed',
  'Skipped',
  'RollingBack',
  'RolledBack',
]);

const target = instanceRef.extend({
  phase: targetPhase,
  message: z.string().optional(),
  releases: z
    .record(z.string(), z.int())
    .optional()
    .describe('Revision of each service that this rollout published.'),
  before: z.record(z.string(), z.int()).optional().describe('Revision of each service before it.'),
});

export const rolloutPhase = z.enum([
  'Running',
  'Paused',
  'Stopped',
  'Aborted',
  'RollingBack',
  'RolledBack',
  'Succeeded',
]);

export const rolloutStatus = z.strictObject({
  phase: rolloutPhase,
  progress: z.string().describe('How many instances are through: 120/200.'),
  failed: z.int(),
  message: z.string().optional(),
  startedAt: timestamp,
  finishedAt: timestamp.optional(),
  targets: z.array(target).max(2000),
});
export type RolloutTarget = RolloutStatus['targets'][number];
export type RolloutStatus = z.infer<typeof rolloutStatus>;

export const rolloutKind = defineKind({
  kind: 'Rollout',
  plural: 'rollouts',
  namespaced: true,
  description: 'One publication to many instances: how many at once, when it stops, how far it is.',
  spec: rolloutSpec,
  status: rolloutStatus,
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Progress', type: 'string', jsonPath: '.status.progress' },
    { name: 'Failed', type: 'integer', jsonPath: '.status.failed' },
    { name: 'Command', type: 'string', jsonPath: '.spec.command', priority: 1 },
    { name: 'User', type: 'string', jsonPath: '.spec.cause.user' },
    { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});

export type Rollout = BerthObject<'Rollout', RolloutSpec, RolloutStatus>;
