import { z } from 'zod';
import { objectName } from './fields.js';
import { type BerthObject, defineKind } from './kind.js';
import {
  immutableVersion,
  latestStatus,
  packed,
  retention,
  versionColumns,
  versionRecord,
  versionStatus,
} from './versions.js';

export const templateSpec = z.strictObject({
  displayName: z.string().max(100).optional(),
  description: z.string().max(1000).optional(),
  retention,
});

const SEGMENT = '[\\w.@+~(),=%#&! -]+';

/** A path inside a template, with `/`; it leads nowhere else. */
export const templatePath = z
  .string()
  .min(1)
  .max(253)
  .regex(new RegExp(`^${SEGMENT}(/${SEGMENT})*$`), 'must be a relative path')
  .refine(
    (path) => !path.split('/').some((part) => /^\.{1,2}$/.test(part)),
    'may not lead out of the template',
  );

export const templateFile = z.strictObject({
  path: templatePath,
  text: z.string().max(2_000_000).optional(),
  base64: z.string().max(2_000_000).optional().describe('Instead of text: bytes that are not UTF-8.'),
});
export type TemplateFile = z.infer<typeof templateFile>;

/** Which config keys reach a container: exact names, or a prefix with `*` at the end. */
const sink = {
  keys: z.array(z.string().min(1).max(253)).max(500).default(['*']),
  containers: z.array(z.string().max(63)).max(50).optional().describe('Absent: all containers.'),
};

export const templateService = z.strictObject({
  name: objectName,
  description: z.string().max(1000).optional(),
  dependsOn: z.array(objectName).max(100).default([]).describe('Services that start before this one.'),
  templates: z
    .array(templatePath)
    .max(1000)
    .describe('Its files: templates as rendered (`templates/web.yaml`) or files of crds/.'),
  env: z.strictObject(sink).optional().describe('Config keys as environment variables of its pods.'),
  files: z
    .strictObject({ ...sink, mountPath: z.string().regex(/^\//).max(1000) })
    .optional()
    .describe('Config keys as files in its pods.'),
});
export type TemplateService = z.infer<typeof templateService>;

/**
 * A template is a Helm chart with a division into services: files from the chart's root (`Chart.yaml`, `values.yaml`,
 * `templates/…`, `charts/…`, `crds/…`), and the services they make up. Files that begin with `_` belong to all.
 */
export const templateContent = z.strictObject({
  files: z.array(templateFile).max(2000),
  services: z.array(templateService).max(200),
});
export type TemplateContent = z.infer<typeof templateContent>;

export const templateSource = z.strictObject({
  type: z.enum(['Edit', 'Folder', 'Manifests', 'Namespace', 'Chart']),
  name: z.string().max(253).optional().describe('The chart, or cluster/namespace.'),
  version: z.string().max(100).optional().describe("The chart's version."),
});

export type TemplateSource = z.infer<typeof templateSource>;

export const templateVersionSpec = z.strictObject({
  template: objectName,
  ...versionRecord,
  source: templateSource,
  content: templateContent.optional().describe('Absent when packed.'),
  packed: packed.optional(),
  upstream: packed
    .optional()
    .describe(
      'The chart as it came, packed, where the content is no longer that: a newer chart is merged with it.',
    ),
});

export const templateKind = defineKind({
  kind: 'Template',
  plural: 'templates',
  shortNames: ['tpl'],
  namespaced: true,
  description: 'Services described once, as manifests in Helm syntax; its versions hold the text.',
  spec: templateSpec,
  status: latestStatus,
  columns: [
    { name: 'Version', type: 'integer', jsonPath: '.status.latest' },
    { name: 'Changed by', type: 'string', jsonPath: '.status.changedBy' },
    { name: 'Description', type: 'string', jsonPath: '.spec.description', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});

export const templateVersionKind = defineKind({
  kind: 'TemplateVersion',
  plural: 'templateversions',
  namespaced: true,
  description: 'One saved state of a template. It never changes.',
  spec: templateVersionSpec,
  status: versionStatus,
  columns: [
    { name: 'Template', type: 'string', jsonPath: '.spec.template' },
    { name: 'Source', type: 'string', jsonPath: '.spec.source.type', priority: 1 },
    ...versionColumns,
  ],
  rules: immutableVersion,
});

export type TemplateSpec = z.infer<typeof templateSpec>;
export type Template = BerthObject<'Template', TemplateSpec, z.infer<typeof latestStatus>>;
export type TemplateVersion = BerthObject<
  'TemplateVersion',
  z.infer<typeof templateVersionSpec>,
  z.infer<typeof versionStatus>
>;
