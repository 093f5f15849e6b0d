/** Every kind of Berth's API group, and how the API server serves it. */
import { customResource } from '../kube/resources.js';
import type { KubeObject, Resource } from '../kube/types.js';
import { type Application, applicationKind } from './application.js';
import { type Backup, backupKind } from './backup.js';
import { type Cluster, clusterKind } from './cluster.js';
import { type Config, configKind, type ConfigVersion, configVersionKind } from './config.js';
import { type ControlPlaneVersion, controlPlaneVersionKind } from './control-plane-version.js';
import { type FleetUpgrade, fleetUpgradeKind } from './fleet-upgrade.js';
import { type Instance, instanceKind } from './instance.js';
import type { KindDefinition } from './kind.js';
import { API_VERSION } from './names.js';
import { type Operation, operationKind } from './operation.js';
import { type Plan, planKind } from './plan.js';
import { type Template, templateKind, type TemplateVersion, templateVersionKind } from './template.js';
import { type Release, releaseKind } from './release.js';
import { type Rollout, rolloutKind } from './rollout.js';
import { type Tenant, tenantKind } from './tenant.js';

export const kinds: KindDefinition[] = [
  tenantKind,
  planKind,
  controlPlaneVersionKind,
  clusterKind,
  operationKind,
  backupKind,
  templateKind,
  templateVersionKind,
  configKind,
  configVersionKind,
  applicationKind,
  instanceKind,
  releaseKind,
  rolloutKind,
  fleetUpgradeKind,
];

function served<T extends KubeObject>({ kind, plural, namespaced }: KindDefinition): Resource<T> {
  return customResource<T>(API_VERSION, { kind, plural, namespaced });
}

export const berthResources = {
  Tenant: served<Tenant>(tenantKind),
  Plan: served<Plan>(planKind),
  ControlPlaneVersion: served<ControlPlaneVersion>(controlPlaneVersionKind),
  Cluster: served<Cluster>(clusterKind),
  Operation: served<Operation>(operationKind),
  Backup: served<Backup>(backupKind),
  Template: served<Template>(templateKind),
  TemplateVersion: served<TemplateVersion>(templateVersionKind),
  Config: served<Config>(configKind),
  ConfigVersion: served<ConfigVersion>(configVersionKind),
  Application: served<Application>(applicationKind),
  Instance: served<Instance>(instanceKind),
  Release: served<Release>(releaseKind),
  Rollout: served<Rollout>(rolloutKind),
  FleetUpgrade: served<FleetUpgrade>(fleetUpgradeKind),
} as const;
