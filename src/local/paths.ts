/** Where the embedded meta-cluster keeps things. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Files that come with Berth: YAML, scripts. The same depth from src/local and dist/local. */
export const MANIFESTS = fileURLToPath(new URL('../../manifests/', import.meta.url));

/** Applications for a first look. */
export const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

/** The layout of one data directory. */
export interface DataDir {
  root: string;
  /** What the installation was made with; see `Installation`. */
  installation: string;
  /** Administrator's kubeconfig of the meta-cluster. */
  kubeconfig: string;
  /** Bearer token of the service. */
  token: string;
  /** Snapshots of the hosted clusters, and the keys they are encrypted with. */
  backups: string;
  backupKeys: string;
  /** Where the command line finds the service. */
  client: string;
  /** Process id and log of the service. */
  service: string;
  /** Of one sandbox host. */
  node(name: string): string;
  /** What the image registry of the user nodes has. */
  images: string;
  /** One file for each user node; see `UserNodeRecord`. */
  userNodes: string;
}

export function dataDir(root: string): DataDir {
  return {
    root,
    installation: join(root, 'installation.json'),
    kubeconfig: join(root, 'kubeconfig'),
    token: join(root, 'token'),
    backups: join(root, 'backups'),
    backupKeys: join(root, 'backup-keys'),
    client: join(root, 'client.json'),
    service: join(root, 'service'),
    images: join(root, 'images'),
    userNodes: join(root, 'user-nodes'),
    node: (name) => join(root, 'nodes', name),
  };
}
