import type { ArchiveSettings } from '../backup/archive.js';
import type { ExposureConfig } from '../exposure/strategy.js';

/** What the reconcilers know of the installation they run in. Fixed for the life of the process. */
export interface Installation {
  /** Node addresses are read from the meta-cluster's nodes when none are given. */
  exposure: Omit<ExposureConfig, 'nodeAddresses'> & { nodeAddresses?: readonly string[] };
  /** DNS domain of the meta-cluster. */
  metaClusterDomain: string;
  /** Networks of the meta-cluster that hosted API servers must not reach on a user's behalf. */
  deniedNetworks?: readonly string[];
  /**
   * How Berth itself dials a hosted API server: the ClusterIP of its Service, where that is routed, or the endpoint
   * that users have.
   */
  hostedAccess: 'service' | 'endpoint';
  /** A cluster is ready only when it has answered by the endpoint that users have. */
  endpointCheck: boolean;
  /** Where backups go, and the image that takes snapshots into pods. */
  backup: ArchiveSettings & { transferImage: string };
}
