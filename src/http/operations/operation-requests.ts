import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '../../core/clock.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import type { Cluster } from '../../model/cluster.js';
import { API_VERSION, clusterLabels, labels, timeStamp } from '../../model/names.js';
import type { Operation, OperationSpec } from '../../model/operation.js';
import { isFinished } from '../../operations/timeline.js';
import { present } from '../resource-view.js';
import { CLOCK } from '../tokens.js';
import { Views } from '../views.js';

const FIELD_MANAGER = 'berth-api';

/** What must be over before another operation of the same cluster is asked for. */
export interface Exclusion {
  isInTheWay: (spec: OperationSpec) => boolean;
  /** Why not, after the name of the cluster: "is being restored already". */
  what: string;
}

/** Asks for what is done once: the request is an Operation, which a reconciler carries out. */
@Injectable()
export class OperationRequests {
  /** Those that this process asks for: not in the cache yet, but in the way. */
  readonly #asked = new Set<Operation>();

  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Records the request; its name begins with the type. Throws OperationInProgress (409) while one that stands in the
   * way is not over.
   */
  async make(
    cluster: Cluster,
    asked: Omit<OperationSpec, 'cluster'>,
    exclusion: Exclusion,
  ): Promise<Operation> {
    const operation = this.#operation(cluster, asked);
    this.#requireNone(cluster.metadata.name, exclusion);
    this.#asked.add(operation);
    const forget = () => void this.#asked.delete(operation);
    try {
      const made = await this.client.create(operation, { fieldManager: FIELD_MANAGER });
      void this.views.operations.feed.seen(made).then(forget);
      await this.views.operations.feed.arrival(made);
      return present(made);
    } catch (error) {
      forget();
      throw error;
    }
  }

  #operation({ metadata, spec }: Cluster, asked: Omit<OperationSpec, 'cluster'>): Operation {
    const { name: cluster, namespace } = metadata;
    return {
      apiVersion: API_VERSION,
      kind: 'Operation',
      metadata: {
        name: `${asked.type.toLowerCase()}-${timeStamp(new Date(this.clock.now()))}`,
        namespace,
        labels: { ...clusterLabels(cluster, spec.tenant), [labels.operationType]: asked.type },
      },
      spec: { ...asked, cluster },
    };
  }

  #requireNone(cluster: string, { isInTheWay, what }: Exclusion): void {
    const busy = [...this.views.operations.all(), ...this.#asked].find(
      ({ spec, status }) => spec.cluster === cluster && isInTheWay(spec) && !isFinished(status),
    );
    if (!busy) return;
    throw new BerthError('OperationInProgress', `Cluster "${cluster}" ${what}.`, {
      status: 409,
      next: `Wait for it: berth operation watch ${cluster} ${busy.metadata.name}.`,
    });
  }
}

/** Restores and rollbacks that restore: both exchange the data. */
export const noOtherRestore: Exclusion = {
  isInTheWay: ({ restore }) => restore !== undefined,
  what: 'is being restored already',
};

/** Throws ClusterNotReady (409). */
export function requireInitialized({ metadata, status }: Cluster): void {
  if (status?.initializedAt !== undefined && !metadata.deletionTimestamp) return;
  throw new BerthError('ClusterNotReady', `Cluster "${metadata.name}" has no data yet.`, {
    status: 409,
    next: `Wait until it runs: berth cluster describe ${metadata.name}.`,
  });
}
