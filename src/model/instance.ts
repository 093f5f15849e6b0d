import { z } from 'zod';
import { condition, objectName, timestamp } from './fields.js';
import { type BerthObject, defineKind } from './kind.js';

/** A DNS-1123 label: the name of a namespace of a hosted cluster. */
export const namespaceName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be lower-case letters, digits and "-"');

/** One immutable version of a template or a config. */
export const versionRef = z.strictObject({ name: objectName, version: z.int().min(1) });
export type VersionRef = z.infer<typeof versionRef>;

/** Changes one rendered object of a service, after the template and before anything else. */
export const override = z.strictObject({
  target: z.strictObject({ kind: z.string().min(1).max(63), name: z.string().min(1).max(253) }),
  patch: z
    .record(z.string(), z.unknown())
    .meta({ 'x-kubernetes-preserve-unknown-fields': true })
    .describe('A strategic merge patch: containers, volumes and ports merge by their keys, null deletes.'),
});
export type Override = z.infer<typeof override>;

export const hold = z.strictObject({
  by: z.string().max(253),
  reason: z.string().max(1000),
  since: timestamp,
});

export const serviceDraft = z.strictObject({
  overrides: z.array(override).max(50).optional(),
  replicas: z.int().min(0).max(10_000).optional().describe('Instead of what the template says.'),
  paused: z.boolean().optional().describe('Nothing of the service is published until it is false.'),
  hold: hold.optional().describe('Set by a rollback: triggers and rollouts leave the service as it is.'),
});
export type ServiceDraft = z.infer<typeof serviceDraft>;

const fixed = {
  'x-kubernetes-validations': [
    { rule: 'self == oldSelf', message: 'cannot be changed: make another instance' },
  ],
};

export const instanceSpec = z.strictObject({
  application: objectName.meta(fixed).describe('Application of the tenant that owns the cluster.'),
  namespace: namespaceName.meta(fixed).describe('Namespace of the hosted cluster.'),
  template: versionRef.describe('The draft: what is published next.'),
  config: versionRef.optional().describe('The draft: what is published next.'),
  services: z.record(objectName, serviceDraft).optional(),
});
export type InstanceSpec = z.infer<typeof instanceSpec>;

export const serviceState = z.enum([
  'NotDeployed',
  'Deploying',
  'Deployed',
  'Failed',
  'Degraded',
  'Drifted',
  'Paused',
]);
export type ServiceState = z.infer<typeof serviceState>;

const drift = z.strictObject({
  kind: z.string(),
  name: z.string(),
  change: z.enum(['Changed', 'Deleted', 'Replaced']),
});
export type Drift = z.infer<typeof drift>;

export const serviceStatus = z.strictObject({
  state: serviceState,
  reason: z.string().optional().describe('Stable word for why.'),
  message: z.string().optional(),
  revision: z.int().optional().describe('Revision of the release that is published.'),
  pending: z.int().optional().describe('Revision of the release that is being published.'),
  templateVersion: z.int().optional(),
  configVersion: z.int().optional(),
  settled: z.int().optional().describe('Last revision that was seen running as published.'),
  drift: z.array(drift).max(50).optional(),
});
export type ServiceStatus = z.infer<typeof serviceStatus>;

export const instanceStatus = z.strictObject({
  observedGeneration: z.int().optional(),
  conditions: z.array(condition).optional(),
  deployed: z.string().optional().describe('How many services are deployed: 3/5.'),
  services: z.record(z.string(), serviceStatus).optional(),
});
export type InstanceStatus = z.infer<typeof instanceStatus>;

export const instanceKind = defineKind({
  kind: 'Instance',
  plural: 'instances',
  namespaced: true,
  description: 'An application with one version of its config in one namespace of one hosted cluster.',
  spec: instanceSpec,
  status: instanceStatus,
  columns: [
    { name: 'Application', type: 'string', jsonPath: '.spec.application' },
    { name: 'Namespace', type: 'string', jsonPath: '.spec.namespace' },
    { name: 'Config', type: 'string', jsonPath: '.spec.config.name' },
    { name: 'Version', type: 'integer', jsonPath: '.spec.config.version' },
    { name: 'Deployed', type: 'string', jsonPath: '.status.deployed' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});

export type Instance = BerthObject<'Instance', InstanceSpec, InstanceStatus>;
