import { type Authority, authorityData } from './authority.js';
import {
  authorities,
  type AuthorityName,
  type CertificateEntry,
  internalServer,
  type PkiInput,
  profileOf,
  SERVICE_ACCOUNT_SECRET,
} from './certificates.js';
import { kubeconfig, type KubeconfigCredentials, kubeconfigYaml } from './kubeconfig.js';
import type { KeyAlgorithm, PkiSource } from './keys.js';
import { issueLeaf } from './leaf.js';
import type { ServiceAccountKeys } from './service-account.js';

/** What a Secret holds, in clear text (`stringData`). */
export interface SecretContent {
  name: string;
  type: 'kubernetes.io/tls' | 'Opaque';
  data: Record<string, string>;
}

export type Authorities = Record<AuthorityName, Authority>;

export function authoritySecret(name: AuthorityName, authority: Authority): SecretContent {
  return { name, type: 'kubernetes.io/tls', data: { ...authorityData(authority) } };
}

export function serviceAccountSecret(keys: ServiceAccountKeys): SecretContent {
  return { name: SERVICE_ACCOUNT_SECRET, type: 'Opaque', data: { ...keys } };
}

/**
 * A new key and certificate for one entry of the table, as its Secret wants them.
 * @throws BerthError `AuthorityExpired`, `SubjectAltNameInvalid`, `ServiceCIDRInvalid`
 */
export async function issueSecret(
  entry: CertificateEntry,
  input: PkiInput,
  all: Authorities,
  source: PkiSource,
  algorithm?: KeyAlgorithm,
): Promise<SecretContent> {
  const pair = await issueLeaf(all[entry.authority], profileOf(entry, input), source, algorithm);
  const data = { ...pair, ...kubeconfigData(entry, input, all, pair) };
  return { name: entry.secret, type: 'kubernetes.io/tls', data };
}

/**
 * Data of ConfigMap `ca-bundle`: the authorities' certificates alone, so that no pod needs a Secret with a key
 * that can sign just to know whom to trust.
 */
export function caBundle(all: Authorities): Record<string, string> {
  return Object.fromEntries(authorities.map(({ name, bundleKey }) => [bundleKey, certificatePem(all[name])]));
}

/** The key `kubeconfig` that an entry's Secret should have beside this pair; nothing for entries without one. */
export function kubeconfigData(
  entry: CertificateEntry,
  input: PkiInput,
  all: Pick<Authorities, 'ca'>,
  pair: { 'tls.crt': string; 'tls.key': string },
): { kubeconfig?: string } {
  if (entry.kubeconfig === undefined) return {};
  const credentials: KubeconfigCredentials =
    entry.kubeconfig === 'files'
      ? { clientCertificateFile: 'tls.crt', clientKeyFile: 'tls.key' }
      : { clientCertificate: pair['tls.crt'], clientKey: pair['tls.key'] };
  const { url, serverName } = internalServer(input, entry.samePod);
  const cluster = {
    name: input.clusterName,
    server: url,
    tlsServerName: serverName,
    authorities: certificatePem(all.ca),
  };
  return { kubeconfig: kubeconfigYaml(kubeconfig(cluster, entry.commonName, credentials)) };
}

function certificatePem(authority: Authority): string {
  return authority.certificate.x509.toString();
}
