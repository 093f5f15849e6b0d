/** When a cluster may be changed without having been asked for that very moment. */
import { z } from 'zod';
import { cronSchedule, timestamp } from './fields.js';

const DAY_MINUTES = 24 * 60;

const window = z.strictObject({
  start: cronSchedule.describe('When it opens, in cron syntax, such as 0 2 * * 6.'),
  durationMinutes: z
    .int()
    .min(1)
    .max(7 * DAY_MINUTES)
    .describe('How long it stays open, in time that passes.'),
  timeZone: z.string().max(100).optional().describe('Of the start, such as Europe/Paris. Absent: UTC.'),
});
export type MaintenanceWindow = z.infer<typeof window>;

const exclusion = z.strictObject({
  from: timestamp,
  until: timestamp.describe('Not excluded any more at this instant.'),
  reason: z.string().max(200).optional(),
});

export const maintenancePolicy = z.strictObject({
  windows: z.array(window).max(20).optional().describe('Absent or empty: always, but for the exclusions.'),
  exclusions: z
    .array(exclusion)
    .max(50)
    .optional()
    .describe('Times in which nothing is begun, whatever the windows say.'),
});
export type MaintenancePolicy = z.infer<typeof maintenancePolicy>;
