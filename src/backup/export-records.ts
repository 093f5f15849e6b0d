/**
 * What an export tells of a cluster beside its masters, one record for each object: the instances on it with their
 * releases and drafts, the versions of templates and configs these name, and the operations that are over.
 */
import { z } from 'zod';
import { applicationSpec } from '../model/application.js';
import { configSpec, configVersionSpec } from '../model/config.js';
import { instanceSpec } from '../model/instance.js';
import { operationSpec, operationStatus } from '../model/operation.js';
import { releaseSpec, releaseStatus } from '../model/release.js';
import { templateSpec, templateVersionSpec } from '../model/template.js';

const texts = z.record(z.string(), z.string());
/** Of an object as it was, without what the API server gives it; where it comes from is an annotation. */
const metadata = z.strictObject({ name: z.string().max(253), labels: texts, annotations: texts });

function recordOf<K extends string, S extends z.ZodType>(kind: K, spec: S) {
  return z.strictObject({ kind: z.literal(kind), metadata, spec });
}

export const exportRecord = z.discriminatedUnion('kind', [
  recordOf('Template', templateSpec),
  recordOf('TemplateVersion', templateVersionSpec),
  recordOf('Config', configSpec),
  recordOf('ConfigVersion', configVersionSpec).extend({
    /** Base64 of the key its secrets are sealed with: the one it is wrapped with stays in its installation. */
    dataKey: z.string().max(100).optional(),
  }),
  recordOf('Application', applicationSpec),
  recordOf('Instance', instanceSpec),
  recordOf('Release', releaseSpec).extend({ status: releaseStatus.optional() }),
  /** The draft of an instance after a change. */
  recordOf('Draft', instanceSpec).extend({ instance: z.string().max(253), generation: z.int() }),
  recordOf('Operation', operationSpec).extend({ status: operationStatus }),
]);

export type ExportRecord = z.infer<typeof exportRecord>;
/** The record of one kind. */
export type RecordOf<K extends ExportRecord['kind']> = Extract<ExportRecord, { kind: K }>;
