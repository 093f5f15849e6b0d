import type { ClusterSpec } from '../../model/cluster.js';
import type { Arguments } from '../arguments.js';

/** Where the ConfigMap `kube-apiserver` is mounted. */
const FILE = '/etc/kubernetes/config/authentication.yaml';

/**
 * Keeps anonymous requests to the paths of our AuthenticationConfiguration. The API server takes either such a file
 * or the `oidc-` flags, so a cluster that brings its own issuer by flags, or its own file, goes without ours.
 */
export function authenticationConfig({ apiServer }: ClusterSpec): Arguments {
  const own = Object.keys(apiServer?.extraArgs ?? {});
  const ownAuthentication = own.some((flag) => flag === 'authentication-config' || flag.startsWith('oidc-'));
  return ownAuthentication ? {} : { 'authentication-config': FILE };
}
