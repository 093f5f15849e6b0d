import { z } from 'zod';
import { versionConditions } from './conditions.js';
import { condition, extraArgs, kubernetesVersion, timestamp } from './fields.js';
import { type BerthObject, defineKind } from './kind.js';

const image = z.string().min(1).max(500);

/** What differs from the recipe for one component in one version: flags to add or to leave out. */
const componentDifferences = z.strictObject({
  extraArgs: extraArgs.optional(),
  removedArgs: z
    .array(z.string().max(100))
    .max(50)
    .optional()
    .describe('Flags of the recipe this version no longer knows.'),
});

export const channel = z.enum(['preview', 'supported', 'deprecated', 'expired']);

const resourceNames = z
  .array(
    z
      .string()
      .max(253)
      .regex(/^[a-z]+\.v[0-9a-z]+\.[a-z0-9.-]+$/),
  )
  .max(100)
  .optional();

/** What upgrades and rollbacks over this version's lower border are judged by. */
const changesSinceLastMinor = z.strictObject({
  removedFlags: z
    .strictObject({
      apiServer: z.array(z.string().max(100)).optional(),
      controllerManager: z.array(z.string().max(100)).optional(),
      scheduler: z.array(z.string().max(100)).optional(),
    })
    .optional()
    .describe('Flags that the last minor knew, without leading dashes.'),
  removedFeatureGates: z.array(z.string().max(100)).max(200).optional(),
  removedResources: resourceNames.describe('No longer served, as `plural.version.group`.'),
  addedResources: resourceNames.describe(
    'New, as `plural.version.group`: the last minor does not see their objects.',
  ),
});

export const controlPlaneVersionSpec = z.strictObject({
  kubernetesVersion,
  channel,
  expiresAt: timestamp.optional().describe('When a deprecated version becomes expired.'),
  description: z.string().max(1000).optional(),
  etcdVersion: z.string().max(40),
  images: z.strictObject({
    etcd: image,
    kubeApiserver: image,
    kubeControllerManager: image,
    kubeScheduler: image,
  }),
  components: z
    .strictObject({
      etcd: componentDifferences.optional(),
      apiServer: componentDifferences.optional(),
      controllerManager: componentDifferences.optional(),
      scheduler: componentDifferences.optional(),
    })
    .optional(),
  featureGates: z.record(z.string().max(100), z.boolean()).optional(),
  changesSinceLastMinor: changesSinceLastMinor.optional(),
});

export const controlPlaneVersionStatus = z.strictObject({
  observedGeneration: z.int().optional(),
  conditions: z.array(condition).optional(),
});

export const controlPlaneVersionKind = defineKind({
  kind: 'ControlPlaneVersion',
  plural: 'controlplaneversions',
  shortNames: ['cpv'],
  namespaced: false,
  description:
    'One entry of the version catalogue: images, flags and life of a Kubernetes version Berth hosts.',
  spec: controlPlaneVersionSpec,
  status: controlPlaneVersionStatus,
  columns: [
    { name: 'Kubernetes', type: 'string', jsonPath: '.spec.kubernetesVersion' },
    { name: 'Channel', type: 'string', jsonPath: '.spec.channel' },
    { name: 'etcd', type: 'string', jsonPath: '.spec.etcdVersion' },
    {
      name: 'Images present',
      type: 'string',
      jsonPath: `.status.conditions[?(@.type=="${versionConditions.imagesPresent}")].status`,
      priority: 1,
    },
    { name: 'Expires', type: 'string', jsonPath: '.spec.expiresAt', priority: 1 },
  ],
});

export type ControlPlaneVersionSpec = z.infer<typeof controlPlaneVersionSpec>;
export type ControlPlaneVersion = BerthObject<
  'ControlPlaneVersion',
  ControlPlaneVersionSpec,
  z.infer<typeof controlPlaneVersionStatus>
>;
