/** Shapes of requests about applications and of their answers. */
import { z } from 'zod';
import { applicationKind, applicationSpec } from '../../model/application.js';
import { objectName } from '../../model/fields.js';
import { serviceState } from '../../model/instance.js';
import { reason } from '../../model/versions.js';
import { creationOf, patchOf } from '../object-shapes.js';

const why = { reason: reason.optional().describe('Why, for those who read the history.') };

export const applicationCreation = creationOf(applicationKind, applicationSpec)
  .extend(why)
  .meta({ id: 'ApplicationCreation' });
export type ApplicationCreation = z.output<typeof applicationCreation>;

export const applicationPatch = patchOf(applicationKind, z.looseObject({})).extend(why).meta({
  id: 'ApplicationPatch',
  description: 'A JSON merge patch (RFC 7386), and why: null removes a field.',
});
export type ApplicationPatch = z.output<typeof applicationPatch>;

export const callGraph = z
  .strictObject({
    application: objectName,
    environment: objectName,
    services: z.array(
      z.strictObject({
        name: z.string(),
        dependsOn: z.array(z.string()).describe('What the template says starts before it.'),
        calls: z.array(z.string()).describe('Services whose address stands in what it is rendered to.'),
      }),
    ),
  })
  .meta({ id: 'CallGraph', description: 'Who is told of whom, by the names in the rendered objects.' });
export type CallGraph = z.output<typeof callGraph>;

export const environmentQuery = z.strictObject({
  environment: objectName.optional().describe('The first one unless told.'),
});

const hitKind = z.enum(['Template', 'Service', 'File', 'Config', 'Key', 'Application']);

export const searchQuery = z.strictObject({
  q: z.string().min(1).max(100).describe('Text to find, whatever its case.'),
  kind: hitKind.optional().describe('Only finds of this kind.'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export type SearchQuery = z.output<typeof searchQuery>;

export const searchAnswer = z
  .strictObject({
    items: z.array(
      z.strictObject({
        kind: hitKind,
        name: z.string().describe('The template, config or application.'),
        place: z.string().optional().describe('The service, the file and line, or the key.'),
        text: z.string().optional().describe('The line or the value; never of a secret.'),
        applications: z.array(z.string()).describe('Applications that use it.'),
        instances: z
          .array(z.strictObject({ cluster: objectName, instance: objectName, state: serviceState }))
          .optional()
          .describe('Of a service: where it is, and how.'),
      }),
    ),
    more: z.boolean().describe('There is more than the limit.'),
  })
  .meta({ id: 'SearchResult' });
export type SearchAnswer = z.output<typeof searchAnswer>;

export const changeQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('Most entries in the answer.'),
});
export type ChangeQuery = z.output<typeof changeQuery>;

export const applicationHistory = z
  .strictObject({
    items: z.array(
      z.strictObject({
        at: z.string(),
        user: z.string(),
        generation: z.int(),
        reason: z.string().optional(),
        diff: z.string().describe('Against the change before; unified.'),
      }),
    ),
    more: z.boolean().describe('There is more than the limit.'),
  })
  .meta({
    id: 'ApplicationHistory',
    description: 'Who changed an application, when, why; the newest first.',
  });
export type ApplicationHistory = z.output<typeof applicationHistory>;

export const applicationAnswers: readonly z.ZodType[] = [callGraph, searchAnswer, applicationHistory];
