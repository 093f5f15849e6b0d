/** Shapes of requests and answers; those with an id are components of the OpenAPI document. */
import { z } from 'zod';
import { applicationKind } from '../model/application.js';
import { backupKind } from '../model/backup.js';
import { clusterKind, clusterSpec, networkRequest, objectPatch } from '../model/cluster.js';
import { configKind } from '../model/config.js';
import { channel, controlPlaneVersionKind, controlPlaneVersionSpec } from '../model/control-plane-version.js';
import { kubernetesVersion, objectName, timestamp } from '../model/fields.js';
import { API_VERSION } from '../model/names.js';
import { fleetUpgradeKind } from '../model/fleet-upgrade.js';
import { operationKind } from '../model/operation.js';
import { planKind } from '../model/plan.js';
import { templateKind } from '../model/template.js';
import { tenantKind, tenantSpec } from '../model/tenant.js';
import { activityAnswers } from './apps/activity-schemas.js';
import { applicationAnswers } from './apps/application-schemas.js';
import { configAnswers } from './apps/config-schemas.js';
import { instanceAnswers, instanceShapes, releaseShapes } from './apps/instance-schemas.js';
import { rolloutAnswers, rolloutShapes } from './apps/rollout-schemas.js';
import { templateAnswers } from './apps/template-schemas.js';
import { joinTokenAnswers } from './clusters/join-token-schemas.js';
import { nodeAnswers } from './clusters/node-schemas.js';
import { versionChange } from './clusters/upgrade-schemas.js';
import { creationOf, metadata, patchOf, shapesOf } from './object-shapes.js';
import { MAX_PAGE } from './paging.js';
import { problem } from './problem.js';

/** What each kind looks like in answers. */
export const shapes = {
  tenants: shapesOf(tenantKind),
  plans: shapesOf(planKind),
  versions: shapesOf(controlPlaneVersionKind),
  clusters: shapesOf(clusterKind),
  operations: shapesOf(operationKind),
  templates: shapesOf(templateKind),
  configs: shapesOf(configKind),
  applications: shapesOf(applicationKind),
  backups: shapesOf(backupKind),
  instances: instanceShapes,
  releases: releaseShapes,
  rollouts: rolloutShapes,
  fleetUpgrades: shapesOf(fleetUpgradeKind),
} as const;

export const clusterCreation = creationOf(clusterKind, clusterSpec.extend({ network: networkRequest }));
export type ClusterCreation = z.output<typeof clusterCreation>;

const componentPatch = z.record(z.string(), z.unknown()).nullable().optional();

/** The fields that can be changed; others are let through, so that a whole object can be sent back. */
export const clusterPatch = patchOf(
  clusterKind,
  z.looseObject({
    displayName: z.string().max(100).nullable().optional(),
    version: kubernetesVersion.optional(),
    upgrade: z.record(z.string(), z.unknown()).nullable().optional(),
    addons: z.record(z.string(), z.unknown()).nullable().optional(),
    backup: z.record(z.string(), z.unknown()).nullable().optional(),
    maintenance: z.record(z.string(), z.unknown()).nullable().optional(),
    apiServer: componentPatch,
    controllerManager: componentPatch,
    scheduler: componentPatch,
    patches: z.array(objectPatch).max(50).nullable().optional(),
  }),
);
export type ClusterPatch = z.output<typeof clusterPatch>;

export const tenantCreation = creationOf(tenantKind, tenantSpec);
export type TenantCreation = z.output<typeof tenantCreation>;

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const versionName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a lower-case DNS name such as v1.36.3');

export const versionCreation = z
  .strictObject({
    apiVersion: z.literal(API_VERSION).optional(),
    kind: z.literal(controlPlaneVersionKind.kind).optional(),
    metadata: z.strictObject({ name: versionName }),
    spec: controlPlaneVersionSpec,
  })
  .meta({ id: 'ControlPlaneVersionCreation' });
export type VersionCreation = z.output<typeof versionCreation>;

export const versionPatch = patchOf(
  controlPlaneVersionKind,
  z.strictObject({
    channel: channel.optional(),
    expiresAt: timestamp.nullable().optional(),
    description: z.string().max(1000).nullable().optional(),
  }),
);
export type VersionPatch = z.output<typeof versionPatch>;

export const watchQuery = z.strictObject({
  watch: flag.optional().describe('Send what is there and then every change, as server-sent events.'),
});

export type WatchQuery = z.output<typeof watchQuery>;

export const listQuery = watchQuery.extend({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE)
    .default(MAX_PAGE)
    .describe('Most objects in the answer.'),
  continue: z.string().max(1000).optional().describe('Where to go on: metadata.continue of the page before.'),
  labelSelector: z.string().max(1000).default('').describe('Kubernetes label selector: `a=b,c in (d,e),!f`.'),
  q: z.string().max(100).default('').describe('Text to find, whatever its case.'),
});
export type ListQuery = z.output<typeof listQuery>;

export const clusterQuery = listQuery.extend({
  tenant: objectName.optional().describe('Only clusters of this tenant.'),
  version: z.string().max(40).optional().describe('Only clusters of this Kubernetes version.'),
  ready: flag.optional().describe('Only clusters whose condition Ready is True, or is not.'),
});
export type ClusterQuery = z.output<typeof clusterQuery>;

export const releaseQuery = listQuery.extend({
  instance: objectName.optional().describe('Only those of this instance.'),
  service: objectName.optional().describe('Only those of this service.'),
});
export type ReleaseQuery = z.output<typeof releaseQuery>;

export const createQuery = z.strictObject({
  dryRun: z.literal('All').optional().describe('Check everything, store nothing.'),
});

export const deleteQuery = z.strictObject({
  confirm: z.string().max(100).optional().describe('The name of what is to be deleted.'),
});

export const kubeconfigRequest = z
  .strictObject({
    ttlSeconds: z
      .int()
      .min(600)
      .max(24 * 3600)
      .default(8 * 3600)
      .describe('Life of the client certificate in seconds.'),
    user: z.string().min(1).max(253).optional().describe('Whose it is; the caller unless told.'),
    namespace: z.string().max(63).optional().describe('Default namespace of the context.'),
    server: z
      .enum(['address', 'host'])
      .default('address')
      .describe(
        'What the server URL names: the address, which needs no DNS, or the host name, by which kubectl tells ' +
          'clusters at one address apart in its cache.',
      ),
  })
  .prefault({})
  .meta({ id: 'KubeconfigRequest' });
export type KubeconfigRequest = z.output<typeof kubeconfigRequest>;

export const kubeconfigAnswer = z
  .strictObject({
    cluster: z.string(),
    user: z.string(),
    groups: z.array(z.string()),
    expiresAt: z.iso.datetime(),
    kubeconfig: z.string().describe('The file, as YAML. It holds a private key: keep it to yourself.'),
  })
  .meta({ id: 'Kubeconfig' });
export type KubeconfigAnswer = z.output<typeof kubeconfigAnswer>;

export const identityAnswer = z
  .strictObject({ name: z.string(), groups: z.array(z.string()) })
  .meta({ id: 'Identity', description: 'Who the service takes you for.' });

/** Every schema that answers refer to by its id. */
export const answerSchemas: readonly z.ZodType[] = [
  problem,
  metadata,
  kubeconfigAnswer,
  identityAnswer,
  ...joinTokenAnswers,
  ...nodeAnswers,
  versionChange,
  ...configAnswers,
  ...instanceAnswers,
  ...templateAnswers,
  ...applicationAnswers,
  ...activityAnswers,
  ...rolloutAnswers,
  ...Object.values(shapes).flatMap(({ object, list }) => [object, list]),
];
