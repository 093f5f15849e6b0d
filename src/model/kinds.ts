/** Every kind of Berth's API group. */
import { clusterKind } from './cluster.js';
import { controlPlaneVersionKind } from './control-plane-version.js';
import type { KindDefinition } from './kind.js';
import { operationKind } from './operation.js';
import { planKind } from './plan.js';
import { tenantKind } from './tenant.js';

export const kinds: KindDefinition[] = [
  tenantKind,
  planKind,
  controlPlaneVersionKind,
  clusterKind,
  operationKind,
];
