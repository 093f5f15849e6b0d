import { stableStringify } from '../core/digest.js';
import type { KubeClient } from '../kube/client.js';
import { isNotFound } from '../kube/kube-error.js';
import type { Operation, OperationSpec, OperationStatus } from '../model/operation.js';
import { API_VERSION, clusterLabels, labels } from '../model/names.js';
import { berthResources } from '../model/kinds.js';
import { startTimeline } from './timeline.js';

/** Where and what an operation is; the name follows from the cause, so that a repeated start finds the same one. */
export interface OperationIdentity {
  name: string;
  namespace: string;
  tenant: string;
  spec: OperationSpec;
}

/** Operations as objects of the meta-cluster. */
export class OperationRecords {
  constructor(
    private readonly client: KubeClient,
    private readonly now: () => Date,
  ) {}

  /** The operation, made and marked as running when it is not there yet. */
  async start(identity: OperationIdentity): Promise<Operation> {
    const operation = await this.#create(identity);
    return operation.status ? operation : this.write(operation, startTimeline(this.now()));
  }

  /** Writes a timeline when it changed. One that somebody removed meanwhile stays removed. */
  async write(operation: Operation, status: OperationStatus): Promise<Operation> {
    if (stableStringify(operation.status) === stableStringify(status)) return operation;
    // A merge patch drops only what is null.
    const { message = null, finishedAt = null } = status;
    const patch = { status: { ...status, message, finishedAt } };
    try {
      return await this.client.patch(berthResources.Operation, operation.metadata, patch, {
        subresource: 'status',
      });
    } catch (error) {
      if (isNotFound(error)) return { ...operation, status };
      throw error;
    }
  }

  async #create({ name, namespace, tenant, spec }: OperationIdentity): Promise<Operation> {
    const own = { ...clusterLabels(spec.cluster, tenant), [labels.operationType]: spec.type };
    const metadata = { name, namespace, labels: own };
    const made = await this.client.createOnce<Operation>({
      apiVersion: API_VERSION,
      kind: 'Operation',
      metadata,
      spec,
    });
    return made ?? this.client.get(berthResources.Operation, { namespace, name });
  }
}
