import { z } from 'zod';
import { condition } from './fields.js';
import { type BerthObject, defineKind } from './kind.js';

export const tenantSpec = z.strictObject({
  displayName: z.string().max(100).optional().describe('Name for people.'),
  description: z.string().max(1000).optional(),
});

export const tenantStatus = z.strictObject({
  observedGeneration: z.int().optional(),
  conditions: z.array(condition).optional(),
});

export const tenantKind = defineKind({
  kind: 'Tenant',
  plural: 'tenants',
  namespaced: false,
  description:
    'Who owns clusters. What belongs to a tenant but to no cluster lives in namespace berth-t-<tenant>.',
  spec: tenantSpec,
  status: tenantStatus,
  columns: [
    { name: 'Display name', type: 'string', jsonPath: '.spec.displayName' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});

export type Tenant = BerthObject<'Tenant', z.infer<typeof tenantSpec>, z.infer<typeof tenantStatus>>;
