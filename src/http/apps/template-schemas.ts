/** Shapes of requests about templates and of their answers. */
import { z } from 'zod';
import { keyType } from '../../model/config.js';
import { objectName } from '../../model/fields.js';
import {
  templateContent,
  templateFile,
  templateKind,
  templateService,
  templateSource,
  templateSpec,
} from '../../model/template.js';
import { reason, versionNumber } from '../../model/versions.js';
import { creationOf, patchOf } from '../object-shapes.js';
import { editFields, versionFields, versionList } from './version-schemas.js';

const namespace = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be the name of a namespace');
const archive = z
  .string()
  .max(8_000_000)
  .regex(/^[A-Za-z0-9+/]*={0,2}$/, 'must be base64')
  .describe('A .tgz as `helm package` makes it, in base64.');

/** Where a template is made from. */
const origin = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('Folder'), files: z.array(templateFile).min(1).max(2000) }),
  z.strictObject({ type: z.literal('Manifests'), text: z.string().min(1).max(4_000_000) }),
  z.strictObject({ type: z.literal('Chart'), archive }),
  z.strictObject({ type: z.literal('Namespace'), cluster: objectName, namespace }),
]);
export type Origin = z.output<typeof origin>;

const configRef = z.strictObject({ name: objectName, version: versionNumber.optional() });

const check = z
  .strictObject({
    config: configRef.optional().describe('Render with its keys: variables without one are refused.'),
    cluster: objectName.optional().describe('Ask this cluster whether it would take the objects.'),
    namespace: namespace.default('default'),
  })
  .describe('What the content is checked against beside itself.');
export type Check = z.output<typeof check>;

const saving = {
  content: templateContent.optional().describe('The files and their division into services.'),
  from: origin.optional().describe('Instead of content: what it is made from.'),
  check: check.optional(),
};

export const templateCreation = creationOf(templateKind, templateSpec.prefault({}))
  .extend({
    ...saving,
    reason: reason.optional(),
    config: objectName
      .optional()
      .describe("Create this config, too, with the chart's values, or what manifests leave open."),
  })
  .refine(
    ({ content, from }) => (content === undefined) !== (from === undefined),
    'needs either content or from',
  )
  .meta({ id: 'TemplateCreation' });
export type TemplateCreation = z.output<typeof templateCreation>;

export const templatePatch = patchOf(templateKind, z.looseObject({}));
export type TemplatePatch = z.output<typeof templatePatch>;

export const templateSave = z
  .strictObject({ ...editFields, ...saving })
  .refine(
    ({ content, from }) => (content === undefined) !== (from === undefined),
    'needs either content or from',
  )
  .meta({ id: 'TemplateSave' });
export type TemplateSave = z.output<typeof templateSave>;

export const templateUpgrade = z
  .strictObject({
    ...editFields,
    from: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('Folder'), files: z.array(templateFile).min(1).max(2000) }),
      z.strictObject({ type: z.literal('Chart'), archive }),
    ]),
    onConflict: z
      .enum(['mine', 'theirs'])
      .optional()
      .describe(
        'Whose change counts where both changed the same lines. Absent: refuse and tell where (409).',
      ),
  })
  .meta({ id: 'TemplateUpgrade' });
export type TemplateUpgrade = z.output<typeof templateUpgrade>;

const finding = z.strictObject({
  severity: z.enum(['error', 'warning']),
  path: z.string().describe('`templates/web.yaml:12:8`, or a field.'),
  code: z.string().optional(),
  message: z.string(),
});

export const templateVersionAnswer = z
  .strictObject({
    template: objectName,
    ...versionFields,
    source: templateSource,
    services: z.array(templateService),
    files: z.array(templateFile),
    notices: z
      .array(z.strictObject({ place: z.string(), code: z.string(), message: z.string() }))
      .describe('What could not be divided or taken over as one would wish.'),
    findings: z.array(finding).describe('Warnings: what does not keep anyone from saving.'),
  })
  .meta({ id: 'TemplateVersionContent', description: 'A version of a template with its files.' });
export type TemplateVersionAnswer = z.output<typeof templateVersionAnswer>;

export const templateVersionList = versionList('TemplateVersionSummaries', z.strictObject(versionFields));
export type TemplateVersionList = z.output<typeof templateVersionList>;

export const templateComparison = z
  .strictObject({
    from: versionNumber,
    to: versionNumber,
    changes: z.array(
      z.strictObject({
        path: z.string(),
        change: z.enum(['Added', 'Removed', 'Changed']),
        diff: z.string().describe('Unified diff; empty for bytes.'),
      }),
    ),
  })
  .meta({ id: 'TemplateComparison', description: 'What two versions of a template differ in.' });
export type TemplateComparison = z.output<typeof templateComparison>;

export const variablesRequest = z
  .strictObject({
    content: templateContent.optional().describe('What is being edited; the newest version unless told.'),
    config: configRef.optional().describe('Tell which variables have no key in it.'),
  })
  .prefault({})
  .meta({ id: 'VariablesRequest' });
export type VariablesRequest = z.output<typeof variablesRequest>;

export const variablesAnswer = z
  .strictObject({
    variables: z.array(
      z.strictObject({
        name: z.string(),
        type: keyType,
        places: z.array(z.string()),
        default: z.unknown().optional(),
        required: z.boolean(),
        services: z.array(z.string()),
        missing: z
          .boolean()
          .describe('Neither a key of the config nor a default stands for it: offer to add one.'),
      }),
    ),
    findings: z.array(finding).describe('What is wrong with the content as it is.'),
  })
  .meta({ id: 'TemplateVariables', description: 'What a template takes from the config, with places.' });
export type VariablesAnswer = z.output<typeof variablesAnswer>;

export const renderRequest = z
  .strictObject({
    version: versionNumber.optional().describe('The newest unless told.'),
    config: configRef.optional(),
    service: objectName.optional().describe('All services unless told.'),
    release: objectName.default('preview'),
    namespace: namespace.default('default'),
  })
  .prefault({})
  .meta({ id: 'RenderRequest' });
export type RenderRequest = z.output<typeof renderRequest>;

export const renderAnswer = z
  .strictObject({
    services: z.array(
      z.strictObject({
        name: z.string(),
        digest: z.string(),
        text: z.string().describe('The objects as YAML. What stems from secret keys is masked.'),
      }),
    ),
  })
  .meta({ id: 'RenderedTemplate' });
export type RenderAnswer = z.output<typeof renderAnswer>;

export const templateAnswers: readonly z.ZodType[] = [
  templateVersionAnswer,
  templateVersionList,
  templateComparison,
  variablesAnswer,
  renderAnswer,
];
