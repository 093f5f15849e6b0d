/** Shapes of requests about instances and releases, and of their answers. */
import { z } from 'zod';
import { objectName } from '../../model/fields.js';
import { instanceKind, namespaceName, serviceDraft, versionRef } from '../../model/instance.js';
import { conflictPolicy, releaseAction, releaseKind } from '../../model/release.js';
import { reason, versionNumber } from '../../model/versions.js';
import { creationOf, patchOf, shapesOf } from '../object-shapes.js';

export const instanceShapes = shapesOf(instanceKind);
export const releaseShapes = shapesOf(releaseKind);

export const instanceCreation = creationOf(
  instanceKind,
  z.strictObject({
    application: objectName,
    environment: objectName.optional().describe('Whose config it gets; the first one unless told.'),
    namespace: namespaceName
      .optional()
      .describe('Of the hosted cluster; the name of the instance unless told.'),
    templateVersion: versionNumber.optional().describe('Absent: as the application says, else the newest.'),
    configVersion: versionNumber.optional().describe('Absent: as the application says, else the newest.'),
    services: z.record(objectName, serviceDraft).optional(),
  }),
);
export type InstanceCreation = z.output<typeof instanceCreation>;

const servicePatch = z.record(z.string(), z.unknown()).nullable();

/** The draft; others are let through, so that a whole object can be sent back. */
export const instancePatch = patchOf(
  instanceKind,
  z.looseObject({
    template: versionRef.optional(),
    config: versionRef.nullable().optional(),
    services: z.record(objectName, servicePatch).nullable().optional(),
  }),
)
  .extend({ reason: reason.optional().describe('Why, for those who read the history.') })
  .meta({
    id: 'InstancePatch',
    description: 'A JSON merge patch (RFC 7386), and why: null removes a field.',
  });
export type InstancePatch = z.output<typeof instancePatch>;

const releaseFields = {
  action: releaseAction.default('Deploy'),
  services: z.array(objectName).min(1).max(200).optional().describe('Absent: all it can be about.'),
  reason: reason.optional(),
  replicas: z.int().min(0).max(10_000).optional().describe('For Scale.'),
  revision: z.int().min(1).optional().describe('For Rollback; the release before unless told.'),
  conflicts: conflictPolicy.default('refuse'),
  adopt: z.boolean().default(false).describe('Take over objects of the same name that were there before.'),
  confirm: z
    .array(z.string().max(330))
    .max(100)
    .default([])
    .describe('Volumes, namespaces and CRDs that may be pruned, as Kind/name.'),
};

export const releaseRequest = z.strictObject(releaseFields).prefault({}).meta({ id: 'ReleaseRequest' });
export type ReleaseRequest = z.output<typeof releaseRequest>;

const releaseResult = {
  releases: z.array(releaseShapes.object),
  unchanged: z.array(z.string()).describe('Services that are as they would be published.'),
  held: z.array(z.string()).describe('Services that a rollback holds.'),
};

export const releaseAnswer = z.strictObject(releaseResult).meta({ id: 'ReleaseAnswer' });

/** The same for many instances of a cluster. */
export const bulkReleaseRequest = z
  .strictObject({
    ...releaseFields,
    labelSelector: z.string().max(1000).optional().describe('Instances whose labels match.'),
    instances: z.array(objectName).min(1).max(500).optional().describe('Instead: these very instances.'),
  })
  .refine(
    ({ labelSelector, instances }) => (labelSelector === undefined) !== (instances === undefined),
    'needs either labelSelector or instances',
  )
  .meta({ id: 'BulkReleaseRequest' });
export type BulkReleaseRequest = z.output<typeof bulkReleaseRequest>;

export const refusal = z.strictObject({ code: z.string(), message: z.string(), next: z.string().optional() });
export type Refusal = z.output<typeof refusal>;

export const bulkReleaseAnswer = z
  .strictObject({
    items: z.array(
      z.strictObject({
        instance: objectName,
        ...releaseResult,
        refused: refusal.optional().describe('Why nothing was released of this one.'),
      }),
    ),
  })
  .meta({ id: 'BulkReleaseAnswer' });
export type BulkReleaseAnswer = z.output<typeof bulkReleaseAnswer>;

/** One instance on each of many clusters. */
export const bulkInstanceCreation = z
  .strictObject({
    metadata: instanceCreation.shape.metadata,
    spec: instanceCreation.shape.spec.omit({ application: true }).prefault({}),
    clusters: z.array(objectName).min(1).max(500).optional().describe('Clusters of the tenant.'),
    clusterSelector: z.string().max(1000).optional().describe('Instead: its clusters whose labels match.'),
  })
  .refine(
    ({ clusters, clusterSelector }) => (clusters === undefined) !== (clusterSelector === undefined),
    'needs either clusters or clusterSelector',
  )
  .meta({ id: 'BulkInstanceCreation' });
export type BulkInstanceCreation = z.output<typeof bulkInstanceCreation>;

export const bulkInstanceAnswer = z
  .strictObject({
    items: z.array(
      z.strictObject({
        cluster: objectName,
        instance: instanceShapes.object.optional(),
        refused: refusal.optional().describe('Why there is none on this one.'),
      }),
    ),
  })
  .meta({ id: 'BulkInstanceAnswer' });
export type BulkInstanceAnswer = z.output<typeof bulkInstanceAnswer>;

const side = z
  .string()
  .regex(/^(draft|published|live|[1-9]\d{0,8})$/, 'must be draft, published, live or a revision');

export const manifestQuery = z.strictObject({ view: side.default('draft') });
export const diffQuery = z.strictObject({ from: side.default('live'), to: side.default('draft') });

export const manifestAnswer = z
  .strictObject({ service: z.string(), view: z.string(), manifest: z.string() })
  .meta({ id: 'ServiceManifest', description: 'YAML; what stems from secrets is masked.' });
export type ManifestAnswer = z.output<typeof manifestAnswer>;

export const diffAnswer = z
  .strictObject({
    service: z.string(),
    from: z.string(),
    to: z.string(),
    diff: z.string().describe('Unified; empty when nothing is different.'),
  })
  .meta({ id: 'ServiceDiff' });
export type DiffAnswer = z.output<typeof diffAnswer>;

export const impactQuery = z.strictObject({
  check: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('Ask the cluster whether it would take the objects: quota, admission, conflicts.'),
});

const objectImpact = z.strictObject({
  kind: z.string(),
  name: z.string(),
  change: z.enum(['Create', 'Update', 'Delete']),
});

export const serviceImpact = z.strictObject({
  service: z.string(),
  objects: z.array(objectImpact),
  restarts: z.array(z.string()).describe('Workloads whose pods are replaced.'),
  reloads: z.array(z.string()).describe('Workloads that see changed files without a restart.'),
  refused: z
    .array(z.strictObject({ kind: z.string(), name: z.string(), message: z.string() }))
    .describe('What the cluster would not take.'),
  error: z.string().optional().describe('Why the service cannot be rendered.'),
});

export const impactAnswer = z
  .strictObject({ services: z.array(serviceImpact) })
  .meta({ id: 'Impact', description: 'What publishing the draft would change.' });
export type ImpactAnswer = z.output<typeof impactAnswer>;

export const deleteInstanceQuery = z.strictObject({
  confirm: z.string().max(100).optional().describe('The name of what is to be deleted.'),
  volumes: z.enum(['keep', 'delete']).default('keep').describe('Its claims, namespaces and CRDs.'),
});
export type DeleteInstanceQuery = z.output<typeof deleteInstanceQuery>;

/** Schemas that answers refer to by their id. */
export const instanceAnswers: readonly z.ZodType[] = [
  releaseAnswer,
  bulkReleaseAnswer,
  bulkInstanceAnswer,
  manifestAnswer,
  diffAnswer,
  impactAnswer,
];
