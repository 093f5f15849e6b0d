/** Shapes of requests about rollouts and of their answers. */
import { z } from 'zod';
import { objectName } from '../../model/fields.js';
import { conflictPolicy } from '../../model/release.js';
import { instanceRef, rolloutCommand, rolloutKind, rolloutStrategy } from '../../model/rollout.js';
import { reason, versionNumber } from '../../model/versions.js';
import { shapesOf } from '../object-shapes.js';

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

export const rolloutPatch = z
  .strictObject({ command: rolloutCommand.describe('Run (resume), Pause, Abort or RollBack.') })
  .meta({ id: 'RolloutPatch' });
export type RolloutPatch = z.output<typeof rolloutPatch>;
