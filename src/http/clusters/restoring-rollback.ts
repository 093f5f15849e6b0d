import { Inject, Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { backupBeforeUpgrade } from '../../clusters/upgrades/back-up-first.js';
import type { Clock } from '../../core/clock.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import type { Backup } from '../../model/backup.js';
import type { Cluster } from '../../model/cluster.js';
import { API_VERSION, labels } from '../../model/names.js';
import type { Operation } from '../../model/operation.js';
import { isFinished } from '../../operations/timeline.js';
import { CLOCK } from '../tokens.js';
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
    private readonly client: KubeClient,
    private readonly views: Views,
    private readonly clusters: ClusterService,
    @Inject(CLOCK) private readonly clock: Clock,
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
    this.#requireIdle(name);
    const operation = this.#operation(caller, cluster, plan);
    const made = await this.client.create(operation, { fieldManager: 'berth-api' });
    await this.views.operations.feed.arrival(made);
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

  #requireIdle(cluster: string): void {
    const busy = this.views.operations
      .all()
      .find(({ spec, status }) => spec.cluster === cluster && spec.restore && !isFinished(status));
    if (!busy) return;
    throw new BerthError('OperationInProgress', `Cluster "${cluster}" is being restored already.`, {
      status: 409,
      next: `Wait for it: berth operation watch ${cluster} ${busy.metadata.name}.`,
    });
  }

  #operation(caller: Identity, { metadata, spec }: Cluster, { from, to, restore }: VersionChange): Operation {
    const cluster = metadata.name;
    const changes = spec.version === to ? 0 : 1;
    const stamp = new Date(this.clock.now()).toISOString().replaceAll(/\D/g, '');
    const own = {
      [labels.managedBy]: 'berth',
      [labels.cluster]: cluster,
      [labels.tenant]: spec.tenant,
      [labels.operationType]: 'Rollback',
    };
    return {
      apiVersion: API_VERSION,
      kind: 'Operation',
      metadata: { name: `rollback-${stamp}`, namespace: metadata.namespace, labels: own },
      spec: {
        type: 'Rollback',
        cluster,
        versions: { from, to },
        restore: { backup: restore?.backup ?? '', cluster },
        cause: { user: caller.name, reason: restore?.loss, generation: (metadata.generation ?? 0) + changes },
      },
    };
  }
}

function unconfirmed(cluster: string, loss: string): BerthError {
  return new BerthError('ConfirmationRequired', loss, {
    status: 400,
    fields: [{ path: 'confirm', message: `must be ${cluster}` }],
    next: `Send "confirm": "${cluster}" to go on; a backup of what is there now is made first.`,
  });
}
