import { Inject, Injectable } from '@nestjs/common';
import { hostedClient, withHostedClient } from '../../clusters/hosted-access.js';
import type { Config } from '../../core/config.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import { KubeError } from '../../kube/kube-error.js';
import type { Cluster } from '../../model/cluster.js';
import { CONFIG } from '../tokens.js';

/** The way into hosted clusters for requests about what is in them. */
@Injectable()
export class HostedService {
  constructor(
    private readonly client: KubeClient,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** A connection for work that lasts, closed when `begin` fails, else by whoever ends the work. Throws as `within`. */
  async lasting<R>(cluster: Cluster, begin: (hosted: KubeClient) => Promise<R>): Promise<R> {
    const hosted = await hostedClient(this.client, cluster, this.config.hostedAccess);
    try {
      return await begin(hosted);
    } catch (error) {
      await hosted.close();
      throw error instanceof KubeError ? unavailable(cluster, error) : error;
    }
  }

  /** Does `work` in a hosted cluster. Throws HostedClusterUnavailable (503) when its API server fails us. */
  async within<R>(cluster: Cluster, work: (hosted: KubeClient) => Promise<R>): Promise<R> {
    try {
      return await withHostedClient(this.client, cluster, this.config.hostedAccess, work);
    } catch (error) {
      throw error instanceof KubeError ? unavailable(cluster, error) : error;
    }
  }
}

function unavailable({ metadata }: Cluster, cause: KubeError): BerthError {
  return new BerthError(
    'HostedClusterUnavailable',
    `The API server of cluster "${metadata.name}" does not answer as it should (${cause.reason}).`,
    {
      status: 503,
      transient: true,
      next: `See what it waits for: berth cluster describe ${metadata.name}.`,
      cause,
    },
  );
}
