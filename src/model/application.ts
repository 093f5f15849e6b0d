import { z } from 'zod';
import { condition, objectName } from './fields.js';
import { type BerthObject, defineKind } from './kind.js';
import { versionNumber } from './versions.js';

/** A template or config, at one version or, without one, at its newest. */
const versioned = z.strictObject({ name: objectName, version: versionNumber.optional() });

const environment = z.strictObject({
  name: objectName,
  config: versioned,
  description: z.string().max(1000).optional(),
});

export const applicationSpec = z.strictObject({
  displayName: z.string().max(100).optional(),
  description: z.string().max(1000).optional(),
  template: versioned,
  environments: z
    .array(environment)
    .min(1)
    .max(50)
    .refine(
      (list) => new Set(list.map(({ name }) => name)).size === list.length,
      'environments need different names',
    )
    .describe('A config for each environment: dev, test, prod.'),
});

export const applicationStatus = z.strictObject({
  observedGeneration: z.int().optional(),
  conditions: z.array(condition).optional(),
});

export const applicationKind = defineKind({
  kind: 'Application',
  plural: 'applications',
  shortNames: ['app'],
  namespaced: true,
  description: 'A template with a config for each of its environments; its instances run on hosted clusters.',
  spec: applicationSpec,
  status: applicationStatus,
  columns: [
    { name: 'Template', type: 'string', jsonPath: '.spec.template.name' },
    { name: 'Template version', type: 'integer', jsonPath: '.spec.template.version' },
    { name: 'Description', type: 'string', jsonPath: '.spec.description', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});

export type ApplicationSpec = z.infer<typeof applicationSpec>;
export type Application = BerthObject<'Application', ApplicationSpec, z.infer<typeof applicationStatus>>;
