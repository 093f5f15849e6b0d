import { z } from 'zod';
import { condition, quantity, resources } from './fields.js';
import { type BerthObject, defineKind } from './kind.js';

/**
 * How the Go garbage collector of a component is set. GOGC alone scales with the live heap; a soft limit (GOMEMLIMIT)
 * near the live heap burns a core for ever while probes stay green, so plans may not set one.
 */
const gogc = z
  .int()
  .min(20)
  .max(400)
  .describe('GOGC of the process: heap growth in per cent before a collection.');

/** What clusters can do without: nothing of Berth's, of nodes, and of conformance depends on them (docs/adr/0019). */
const DISPENSABLE_CONTROLLERS = ['validatingadmissionpolicy-status-controller'] as const;

const component = z.strictObject({ replicas: z.int().min(1).max(5), resources, gogc: gogc.optional() });

export const planSpec = z.strictObject({
  displayName: z.string().max(100),
  description: z.string().max(1000).optional(),
  etcd: z.strictObject({
    replicas: z
      .union([z.literal(1), z.literal(3)])
      .describe('Members; even numbers lose availability, not win it.'),
    resources,
    gogc: gogc.optional(),
    storage: z.strictObject({
      size: quantity,
      storageClassName: z.string().max(253).optional().describe("Absent: the meta-cluster's default class."),
    }),
    quota: quantity.describe('etcd --quota-backend-bytes; at most three quarters of the volume.'),
  }),
  apiServer: component.extend({
    maxRequestsInflight: z.int().min(20).max(3000).optional(),
    maxMutatingRequestsInflight: z.int().min(10).max(1000).optional(),
  }),
  controllerManager: component.extend({
    disabledControllers: z
      .array(z.enum(DISPENSABLE_CONTROLLERS))
      .optional()
      .describe('Controllers that do not run, as --controllers of kube-controller-manager names them.'),
  }),
  scheduler: component,
});

export const planStatus = z.strictObject({
  observedGeneration: z.int().optional(),
  conditions: z.array(condition).optional(),
});

export const planKind = defineKind({
  kind: 'Plan',
  plural: 'plans',
  namespaced: false,
  description: 'The size of the masters of a hosted cluster.',
  spec: planSpec,
  status: planStatus,
  columns: [
    { name: 'API servers', type: 'integer', jsonPath: '.spec.apiServer.replicas' },
    { name: 'etcd members', type: 'integer', jsonPath: '.spec.etcd.replicas' },
    { name: 'Storage', type: 'string', jsonPath: '.spec.etcd.storage.size' },
    { name: 'Description', type: 'string', jsonPath: '.spec.description' },
  ],
});

export type PlanSpec = z.infer<typeof planSpec>;
export type Plan = BerthObject<'Plan', PlanSpec, z.infer<typeof planStatus>>;
