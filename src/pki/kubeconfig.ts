import { toYaml } from '../core/yaml.js';

/** How a kubeconfig reaches an API server and knows it. */
export interface KubeconfigCluster {
  /** Name of the cluster in the file. */
  name: string;
  /** `https://host:port`. */
  server: string;
  /** Name to expect in the certificate and to send as SNI, when it is not the host of `server`. */
  tlsServerName?: string;
  /** PEM of the cluster's authority or authorities. */
  authorities: string;
}

/** PEM of a client certificate; or files that hold it, relative to the kubeconfig; or a bearer token. */
export type KubeconfigCredentials =
  | { clientCertificate: string; clientKey: string }
  | { clientCertificateFile: string; clientKeyFile: string }
  | { token: string };

/** clientcmd/v1 Config with one cluster, one user and one context, which is current. */
export interface Kubeconfig {
  apiVersion: 'v1';
  kind: 'Config';
  clusters: { name: string; cluster: Record<string, string> }[];
  users: { name: string; user: Record<string, string> }[];
  contexts: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  'current-context': string;
}

/** Names the user and the context `user@cluster`, as kubeadm does, so that files of many clusters can be merged. */
export function kubeconfig(
  cluster: KubeconfigCluster,
  user: string,
  credentials: KubeconfigCredentials,
  namespace?: string,
): Kubeconfig {
  const name = `${user}@${cluster.name}`;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: cluster.name, cluster: clusterFields(cluster) }],
    users: [{ name, user: userFields(credentials) }],
    contexts: [
      {
        name,
        context: { cluster: cluster.name, user: name, ...(namespace === undefined ? {} : { namespace }) },
      },
    ],
    'current-context': name,
  };
}

/** YAML as kubectl writes it: no line is folded. */
export function kubeconfigYaml(config: Kubeconfig): string {
  return toYaml(config);
}

function clusterFields(cluster: KubeconfigCluster): Record<string, string> {
  return {
    'certificate-authority-data': base64(cluster.authorities),
    server: cluster.server,
    ...(cluster.tlsServerName === undefined ? {} : { 'tls-server-name': cluster.tlsServerName }),
  };
}

function userFields(credentials: KubeconfigCredentials): Record<string, string> {
  if ('token' in credentials) return { token: credentials.token };
  if ('clientCertificateFile' in credentials) {
    return {
      'client-certificate': credentials.clientCertificateFile,
      'client-key': credentials.clientKeyFile,
    };
  }
  return {
    'client-certificate-data': base64(credentials.clientCertificate),
    'client-key-data': base64(credentials.clientKey),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
