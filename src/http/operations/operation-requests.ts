import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '../../core/clock.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import type { Cluster } from '../../model/cluster.js';
import { API_VERSION, labels } from '../../model/names.js';
import type { Operation, OperationSpec, OperationType } from '../../model/operation.js';
import { isFinished } from '../../operations/timeline.js';
import { ownLabels } from '../clusters/new-cluster.js';
import { present } from '../resource-view.js';
import { CLOCK } from '../tokens.js';
import { Views } from '../views.js';

const FIELD_MANAGER = 'berth-api';

/** Asks for what is done once: the request is an Operation, which a reconciler carries out. */
@Injectable()
export class OperationRequests {
  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Records the request; its name begins with the type. */
  async make({ metadata, spec }: Cluster, asked: Omit<OperationSpec, 'cluster'>): Promise<Operation> {
    const { name: cluster, namespace } = metadata;
    const operation: Operation = {
      apiVersion: API_VERSION,
      kind: 'Operation',
      metadata: {
        name: `${asked.type.toLowerCase()}-${this.#stamp()}`,
        namespace,
        labels: { ...ownLabels(cluster, spec.tenant), [labels.operationType]: asked.type },
      },
      spec: { ...asked, cluster },
    };
    const made = await this.client.create(operation, { fieldManager: FIELD_MANAGER });
    await this.views.operations.feed.arrival(made);
    return present(made);
  }

  /** Throws OperationInProgress (409) while one of this type is not over. */
  requireNone(cluster: string, type: OperationType, what: string): void {
    const busy = this.views.operations
      .all()
      .find(({ spec, status }) => spec.cluster === cluster && spec.type === type && !isFinished(status));
    if (!busy) return;
    throw new BerthError('OperationInProgress', `Cluster "${cluster}" ${what}.`, {
      status: 409,
      next: `Wait for it: berth operation watch ${cluster} ${busy.metadata.name}.`,
    });
  }

  /** To the millisecond, in the order of time. */
  #stamp(): string {
    return new Date(this.clock.now()).toISOString().replaceAll(/\D/g, '');
  }
}

/** Throws ClusterNotReady (409). */
export function requireInitialized({ metadata, status }: Cluster): void {
  if (status?.initializedAt !== undefined && !metadata.deletionTimestamp) return;
  throw new BerthError('ClusterNotReady', `Cluster "${metadata.name}" has no data yet.`, {
    status: 409,
    next: `Wait until it runs: berth cluster describe ${metadata.name}.`,
  });
}
