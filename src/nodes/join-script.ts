import { readFileSync } from 'node:fs';
import { quote } from '../core/shell.js';
import { type JoinAccess, joinConfiguration } from './join-configuration.js';

const template = new URL('../../manifests/nodes/join.sh', import.meta.url);
const parameters = /# BEGIN PARAMETERS\n[^]*# END PARAMETERS\n/;

/** The script that makes a machine a node, with all it needs to know in it. It holds a secret. */
export function joinScript(access: JoinAccess): string {
  const values = {
    BERTH_CLUSTER: access.cluster,
    BERTH_SERVER: access.server,
    BERTH_TOKEN: access.token,
    BERTH_TOKEN_EXPIRES_AT: access.tokenExpiresAt ?? '',
    BERTH_CA_CERT_HASH: access.caCertHash,
    BERTH_KUBERNETES_VERSION: access.kubernetesVersion,
    BERTH_JOIN_CONFIGURATION: joinConfiguration(access).trimEnd(),
    BERTH_PACKAGES_URL: access.packagesUrl,
  };
  const assignments = Object.entries(values).map(([name, value]) => `${name}=${quote(value)}\n`);
  return readFileSync(template, 'utf8').replace(parameters, () => assignments.join(''));
}
