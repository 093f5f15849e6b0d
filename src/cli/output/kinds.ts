/** How objects of each kind are printed: the columns are those of the CRD. */
import { backupKind } from '../../model/backup.js';
import { clusterKind } from '../../model/cluster.js';
import { controlPlaneVersionKind } from '../../model/control-plane-version.js';
import { fleetUpgradeKind } from '../../model/fleet-upgrade.js';
import { instanceKind } from '../../model/instance.js';
import { releaseKind } from '../../model/release.js';
import { rolloutKind } from '../../model/rollout.js';
import { operationKind } from '../../model/operation.js';
import { planKind } from '../../model/plan.js';
import { tenantKind } from '../../model/tenant.js';
import type { Printed } from './print.js';

export const CLUSTER: Printed = { singular: 'cluster', columns: clusterKind.columns };
export const BACKUP: Printed = { singular: 'backup', columns: backupKind.columns };
export const OPERATION: Printed = { singular: 'operation', columns: operationKind.columns };
export const VERSION: Printed = { singular: 'version', columns: controlPlaneVersionKind.columns };
export const PLAN: Printed = { singular: 'plan', columns: planKind.columns };
export const TENANT: Printed = { singular: 'tenant', columns: tenantKind.columns };
export const FLEET_UPGRADE: Printed = { singular: 'fleetupgrade', columns: fleetUpgradeKind.columns };
export const INSTANCE: Printed = { singular: 'instance', columns: instanceKind.columns };
export const RELEASE: Printed = { singular: 'release', columns: releaseKind.columns };
export const ROLLOUT: Printed = { singular: 'rollout', columns: rolloutKind.columns };
