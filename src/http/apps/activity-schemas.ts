/** Shapes of what goes on in an instance: logs and events. */
import { z } from 'zod';
import { objectName } from '../../model/fields.js';
import { releaseAction } from '../../model/release.js';

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const count = (max: number) => z.coerce.number().int().min(0).max(max);

export const logQuery = z
  .strictObject({
    service: objectName.optional().describe('All services unless told.'),
    container: z.string().max(63).optional().describe('Only containers of this name.'),
    follow: flag.default(false).describe('Go on with what is written, by pods that start later, too.'),
    previous: flag.default(false).describe('Of the containers before their last restart.'),
    sinceSeconds: count(31_536_000).optional().describe('Only what was written in the last seconds.'),
    tailLines: count(1_000_000)
      .optional()
      .describe('Lines of each container to begin with; all unless told.'),
    grep: z.string().max(200).optional().describe('Only lines in which this expression (RE2) is found.'),
    timestamps: flag.default(false).describe('When each line was written.'),
  })
  .refine(
    ({ follow, previous }) => !(follow && previous),
    'previous containers write no more: leave out follow',
  );
export type LogQuery = z.output<typeof logQuery>;

export const eventQuery = z.strictObject({
  service: objectName.optional().describe('All services unless told.'),
});

export const instanceEvents = z
  .strictObject({
    items: z.array(
      z.strictObject({
        time: z.string().describe('When it happened last.'),
        type: z.string().describe('Normal or Warning.'),
        reason: z.string(),
        service: z.string(),
        kind: z.string(),
        name: z.string(),
        message: z.string(),
        count: z.int().describe('How often.'),
      }),
    ),
  })
  .meta({ id: 'InstanceEvents', description: 'Events of what services consist of, the oldest first.' });
export type InstanceEvents = z.output<typeof instanceEvents>;

export const historyQuery = z.strictObject({
  service: objectName.optional().describe('Only what is about this service.'),
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('Most entries in the answer.'),
});
export type HistoryQuery = z.output<typeof historyQuery>;

export const changeHistory = z
  .strictObject({
    items: z.array(
      z.strictObject({
        at: z.string(),
        user: z.string(),
        action: z
          .union([z.literal('Draft'), releaseAction])
          .describe('Draft: changed, and nothing published.'),
        generation: z.int().optional().describe('Of a draft.'),
        service: z.string().optional().describe('Of a release.'),
        revision: z.int().optional().describe('Of a release.'),
        phase: z.string().optional().describe('What became of a release.'),
        reason: z.string().optional(),
        rollout: z.string().optional(),
        rollbackOf: z.int().optional(),
        diff: z.string().describe('Of the draft, or of what the release was rendered from; unified.'),
      }),
    ),
    more: z.boolean().describe('There is more than the limit.'),
  })
  .meta({
    id: 'ChangeHistory',
    description: 'Who changed what of an instance, when, why; the newest first.',
  });
export type ChangeHistory = z.output<typeof changeHistory>;

export const activityAnswers: readonly z.ZodType[] = [instanceEvents, changeHistory];
