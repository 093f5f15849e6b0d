import { Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { backupBeforeUpgrade } from '../../clusters/upgrades/back-up-first.js';
import { BerthError } from '../../core/errors.js';
import type { Backup } from '../../model/backup.js';
import type { Cluster } from '../../model/cluster.js';
import type { OperationSpec } from '../../model/operation.js';
import { noOtherRestore, OperationRequests } from '../operations/operation-requests.js';
import { Views } from '../views.js';
import { ClusterService } from './cluster.service.js';
import type { VersionChange } from './upgrade-schemas.js';

export interface RestoringRequest {
  from: string;
  to: string;
  /** Name of the cluster: what was written since the upgrade is lost. */
  confirm: string | undefined;
}

/** Where emulation cannot go back to an older version: with the data of before the upgrade. */
@Injectable()
export class RestoringRollback {
  constructor(
    private readonly views: Views,
    private readonly requests: OperationRequests,
    private readonly clusters: ClusterService,
  ) {}

  /** What would be restored and lost. Throws NoUpgradeBackup (409). */
  plan(cluster: Cluster, { from, to }: RestoringRequest): VersionChange {
    const { name } = cluster.metadata;
    const backup = this.#backup(cluster, to);
    const takenAt = backup.status?.startedAt ?? '';
    return {
      cluster: name,
      from,
      to,
      stages: [{ kubernetesVersion: to }],
      obstacles: [],
      started: false,
      restore: {
        backup: backup.metadata.name,
        takenAt,
        loss: `All that was written to cluster "${name}" since ${takenAt} is lost.`,
      },
    };
  }

  /**
   * The record of the operation comes first: without one the version would be taken back by emulation. Throws
   * NoUpgradeBackup, OperationInProgress (409), ConfirmationRequired (400).
   */
  async start(caller: Identity, cluster: Cluster, request: RestoringRequest): Promise<VersionChange> {
    const { name } = cluster.metadata;
    authorize(caller, 'create', { resource: 'clusters/restore', name, tenant: cluster.spec.tenant });
    const plan = this.plan(cluster, request);
    if (request.confirm !== name) throw unconfirmed(name, plan.restore?.loss ?? '');
    await this.requests.make(cluster, rollbackOf(caller, cluster, plan), noOtherRestore);
    await this.clusters.patch(caller, name, { spec: { version: plan.to } });
    return { ...plan, started: true };
  }

  #backup({ metadata }: Cluster, version: string): Backup {
    const own = this.views.backups.all().filter((one) => one.metadata.namespace === metadata.namespace);
    const found = backupBeforeUpgrade(own, version);
    if (found) return found;
    throw new BerthError(
      'NoUpgradeBackup',
      `Cluster "${metadata.name}" has no backup of before an upgrade from ${version}.`,
      {
        status: 409,
        next: `See which there are: berth backup list ${metadata.name}; restore one with berth cluster restore.`,
      },
    );
  }
}

function rollbackOf(
  caller: Identity,
  { metadata, spec }: Cluster,
  { from, to, restore }: VersionChange,
): Omit<OperationSpec, 'cluster'> {
  const changes = spec.version === to ? 0 : 1;
  return {
    type: 'Rollback',
    versions: { from, to },
    restore: { backup: restore?.backup ?? '', cluster: metadata.name },
    cause: { user: caller.name, reason: restore?.loss, generation: (metadata.generation ?? 0) + changes },
  };
}

function unconfirmed(cluster: string, loss: string): BerthError {
  return new BerthError('ConfirmationRequired', loss, {
    status: 400,
    fields: [{ path: 'confirm', message: `must be ${cluster}` }],
    next: `Send "confirm": "${cluster}" to go on; a backup of what is there now is made first.`,
  });
}
