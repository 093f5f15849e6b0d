import { resources } from '../kube/resources.js';
import type { ObjectMeta } from '../kube/types.js';
import { berthResources } from '../model/kinds.js';
import type { Operation, OperationSpec, OperationType } from '../model/operation.js';
import { annotations, labels, tenantNamespace } from '../model/names.js';
import { type OperationIdentity, OperationRecords } from '../operations/records.js';
import { finishTimeline, isFinished } from '../operations/timeline.js';
import { isNewer, type Stage, visibleVersion } from '../versions/stages.js';
import { BESIDE } from './operation-history.js';
import { isPinned } from './pinning.js';
import { hasFailed } from './upgrades/policy.js';
import { type ClusterScope, type ClusterServices, FIELD_MANAGER } from './scope.js';

/** How long records of deletions stay: they outlive their cluster. */
const DELETE_RECORD_MS = 30 * 24 * 3600 * 1000;

/** Which operation a cluster is in, and the start and end of their records. */
export class ClusterOperations {
  readonly records: OperationRecords;

  constructor(private readonly services: ClusterServices) {
    this.records = new OperationRecords(services.client, () => new Date(services.clock.now()));
  }

  /** The operation this pass works on; undefined when nothing but the repair of drift is to be done. */
  async current(scope: ClusterScope): Promise<Operation | undefined> {
    const identity = identityOf(scope);
    if (!identity) return undefined;
    if (identity.spec.type === 'Delete') await this.#ensureTenantNamespace(scope.cluster.spec.tenant);
    const known = this.services.world.find(berthResources.Operation, identity);
    if (known?.status) {
      scope.status.operation = identity.name;
      return known;
    }
    await this.#supersede(scope, identity.name);
    scope.status.operation = identity.name;
    return this.records.start(identity);
  }

  /** The cluster is gone: its deletion is done once the namespace is gone too. */
  async finishDeletion(cluster: string, namespace: string): Promise<void> {
    const { world } = this.services;
    if (world.find(resources.Namespace, { name: namespace })) return;
    for (const operation of this.#deletions(cluster)) {
      if (!operation.status || isFinished(operation.status)) continue;
      await this.records.write(operation, finishTimeline(operation.status, 'Succeeded', this.#now()));
    }
    await this.#forgetOldDeletions();
  }

  /** Marks what was under way as superseded. */
  async #supersede(scope: ClusterScope, next: string): Promise<void> {
    const { world } = this.services;
    const operations = world.list(berthResources.Operation, scope.namespace);
    for (const operation of operations) {
      if (operation.metadata.name === next || BESIDE.has(operation.spec.type)) continue;
      if (!operation.status || isFinished(operation.status)) continue;
      await this.records.write(
        operation,
        finishTimeline(operation.status, 'Superseded', this.#now(), `by ${next}`),
      );
    }
  }

  async #forgetOldDeletions(): Promise<void> {
    const limit = this.services.clock.now() - DELETE_RECORD_MS;
    for (const { metadata } of this.#deletions()) {
      if (Date.parse(metadata.creationTimestamp ?? '') > limit) continue;
      await this.services.client.delete(berthResources.Operation, metadata);
    }
  }

  #deletions(cluster?: string): Operation[] {
    return this.services.world
      .list(berthResources.Operation)
      .filter(({ spec }) => spec.type === 'Delete' && (cluster === undefined || spec.cluster === cluster));
  }

  async #ensureTenantNamespace(tenant: string): Promise<void> {
    const own = { [labels.managedBy]: 'berth', [labels.tenant]: tenant };
    const metadata = { name: tenantNamespace(tenant), labels: own };
    await this.services.world.ensure({ apiVersion: 'v1', kind: 'Namespace', metadata }, FIELD_MANAGER);
  }

  #now(): Date {
    return new Date(this.services.clock.now());
  }
}

/** Undefined when the spec is what runs already and nothing is under way. */
function identityOf(scope: ClusterScope): OperationIdentity | undefined {
  const { metadata, spec } = scope.cluster;
  const uid = (metadata.uid ?? '').slice(0, 8);
  if (metadata.deletionTimestamp) {
    return identityFor(scope, 'Delete', `delete-${scope.name}-${uid}`, tenantNamespace(spec.tenant));
  }
  const restore = importUnderWay(scope) ?? requestedRestore(scope);
  if (restore) return restore;
  const { operation, pinned } = scope.status;
  if (operation === undefined) return identityFor(scope, 'Create', `create-${uid}`, scope.namespace);
  if (pinned && changesVersion(scope, pinned)) return versionChange(scope, operation, pinned);
  if (pinned === undefined || isPinned(scope)) return existing(scope, operation);
  return identityFor(scope, 'Update', `update-${metadata.generation}`, scope.namespace);
}

/** Not over as long as the masters are not what the spec asks for, but for what was tried and rolled back. */
function changesVersion({ cluster: { spec }, status: { upgrade } }: ClusterScope, pinned: Stage): boolean {
  if (upgrade?.stageStartedAt !== undefined) return true;
  if (upgrade && hasFailed(upgrade, spec)) return false;
  return pinned.kubernetesVersion !== spec.version || pinned.actsAs !== undefined;
}

/** The one under way while it has the same goal, whatever else of the spec changes meanwhile. */
function versionChange(scope: ClusterScope, operation: string, pinned: Stage): OperationIdentity {
  const { metadata, spec } = scope.cluster;
  const underWay = existing(scope, operation);
  if (underWay?.spec.versions?.to === spec.version) return underWay;
  const type = isNewer(spec.version, pinned.kubernetesVersion) ? 'Upgrade' : 'Rollback';
  const name = `${type.toLowerCase()}-${metadata.generation}`;
  const versions = { from: visibleVersion(pinned), to: spec.version };
  return identityFor(scope, type, name, scope.namespace, versions);
}

function identityFor(
  { cluster, name }: ClusterScope,
  type: OperationType,
  operation: string,
  namespace: string,
  versions?: OperationSpec['versions'],
): OperationIdentity {
  const { metadata, spec } = cluster;
  const user = userOf(type, metadata);
  // Beside the name of who asked; without one it is that of an earlier request.
  const traceId = user === undefined ? undefined : metadata.annotations?.[annotations.trace];
  return {
    name: operation,
    namespace,
    tenant: spec.tenant,
    spec: {
      type,
      cluster: name,
      ...(versions && { versions }),
      cause: { user: user ?? 'unknown', generation: metadata.generation, ...(traceId && { traceId }) },
    },
  };
}

/** Who asked for it, when it was asked for through the REST API: others leave no name. */
function userOf(type: OperationType, { annotations: told = {}, generation }: ObjectMeta): string | undefined {
  if (type === 'Create' || type === 'Import') return told[annotations.createdBy];
  if (type === 'Delete') return told[annotations.deletedBy];
  const [changed, user] = told[annotations.changedBy]?.split(/ (.*)/s, 2) ?? [];
  return changed === String(generation) ? user : undefined;
}

/**
 * An imported cluster starts with its data or not at all: kubelets that found it empty would end their pods. So until
 * its record says that it is over nothing else is done.
 */
function importUnderWay(scope: ClusterScope): OperationIdentity | undefined {
  const { metadata } = scope.cluster;
  const backup = metadata.annotations?.[annotations.importedFrom];
  if (backup === undefined) return undefined;
  const name = `import-${(metadata.uid ?? '').slice(0, 8)}`;
  const found = scope.find(berthResources.Operation, name);
  if (found ? isFinished(found.status) : scope.status.initializedAt !== undefined) return undefined;
  const { spec, ...identity } = identityFor(scope, 'Import', name, scope.namespace);
  return { ...identity, spec: { ...spec, restore: { backup, cluster: scope.name, compare: true } } };
}

/** A restore that was asked for and has not ended, the first one first. A cluster that never ran has its creation first. */
function requestedRestore(scope: ClusterScope): OperationIdentity | undefined {
  if (scope.status.initializedAt === undefined) return undefined;
  const asked = scope.services.world
    .list(berthResources.Operation, scope.namespace)
    .filter(({ spec, status }) => spec.restore && !isFinished(status))
    .toSorted((a, b) =>
      (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''),
    );
  const [first] = asked;
  return first && existing(scope, first.metadata.name);
}

/** The operation under way, when it is not finished. */
function existing(scope: ClusterScope, name: string): OperationIdentity | undefined {
  const found = scope.find(berthResources.Operation, name);
  if (!found || isFinished(found.status)) return undefined;
  return { name, namespace: scope.namespace, tenant: scope.cluster.spec.tenant, spec: found.spec };
}
