/** Shapes of requests about rollouts and of their answers. */
import { z } from 'zod';
import { objectName } from '../../model/fields.js';
import { conflictPolicy } from '../../model/release.js';
import { instanceRef, rolloutCommand, rolloutKind, rolloutStrategy } from '../../model/rollout.js';
import { reason, versionNumber } from '../../model/versions.js';
import { shapesOf } from '../object-shapes.js';
import { refusal, serviceImpact } from './instance-schemas.js';

export const rolloutShapes = shapesOf(rolloutKind);

export const rolloutCreation = z
  .strictObject({
    name: objectName.optional().describe('Made up unless told.'),
    application: objectName.optional().describe('All instances of this application.'),
    labelSelector: z.string().max(1000).optional().describe('Of those, instances whose labels match.'),
    targets: z.array(instanceRef).min(1).max(2000).optional().describe('Instead: these very instances.'),
    services: z.array(objectName).min(1).max(200).optional().describe('Absent: all of each instance.'),
    templateVersion: versionNumber.optional(),
    configVersion: versionNumber.optional(),
    conflicts: conflictPolicy.default('refuse'),
    strategy: rolloutStrategy.prefault({}),
    reason: reason.optional(),
  })
  .meta({ id: 'RolloutCreation' });
export type RolloutCreation = z.output<typeof rolloutCreation>;

/** Of which instances, at which versions; nothing is changed. */
export const rolloutImpactRequest = rolloutCreation
  .pick({
    application: true,
    labelSelector: true,
    targets: true,
    services: true,
    templateVersion: true,
    configVersion: true,
  })
  .extend({
    check: z
      .boolean()
      .default(false)
      .describe('Ask every cluster whether it would take the objects: quota, admission, conflicts.'),
  })
  .meta({ id: 'RolloutImpactRequest' });
export type RolloutImpactRequest = z.output<typeof rolloutImpactRequest>;

export const rolloutImpact = z
  .strictObject({
    items: z.array(
      instanceRef.extend({
        services: z.array(serviceImpact).describe('Those that change or cannot be rendered.'),
        refused: refusal.optional().describe('Why nothing can be said of this instance.'),
      }),
    ),
    unchanged: z.int().describe('Instances of which nothing changes.'),
  })
  .meta({ id: 'RolloutImpact', description: 'What a rollout would change, by instance and service.' });
export type RolloutImpact = z.output<typeof rolloutImpact>;

export const rolloutAnswers: readonly z.ZodType[] = [rolloutImpact];

export const rolloutPatch = z
  .strictObject({ command: rolloutCommand.describe('Run (resume), Pause, Abort or RollBack.') })
  .meta({ id: 'RolloutPatch' });
export type RolloutPatch = z.output<typeof rolloutPatch>;
