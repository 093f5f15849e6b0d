import { type Arguments, listValues } from './arguments.js';
import type { ComponentName } from './component.js';

/** Which flags of a component a cluster may not set, or only within bounds. */

/** Undefined when a value is good; otherwise what must hold. */
type Rule = (value: Arguments[string]) => string | undefined;

interface OwnedFlags {
  /** Names and prefixes (ending in `*`) of flags that Berth sets. */
  flags: readonly string[];
  instead: string;
}

const CERTIFICATES = 'Berth issues and mounts the certificates and keys.';
const ENDPOINT = 'Berth exposes the API server and writes its endpoints; use spec.exposure.';
const NETWORK = 'Use spec.network.';
const PROCESS = 'Probes and Services depend on it.';

const serving: readonly OwnedFlags[] = [
  {
    flags: ['secure-port', 'bind-address', 'permit-port-sharing', 'permit-address-sharing'],
    instead: PROCESS,
  },
  { flags: ['cert-dir', 'tls-cert-file', 'tls-private-key-file', 'tls-sni-cert-key'], instead: CERTIFICATES },
  { flags: ['client-ca-file', 'requestheader-*'], instead: CERTIFICATES },
  {
    flags: ['emulated-version', 'min-compatibility-version', '*emulation-forward-compatible'],
    instead: 'Berth sets it during an upgrade.',
  },
];

const client: readonly OwnedFlags[] = [
  {
    flags: [
      'kubeconfig',
      'authentication-*',
      'authorization-*',
      'master',
      'leader-elect',
      'leader-elect-resource-*',
    ],
    instead: 'Berth connects it to the API server.',
  },
];

const owned: Readonly<Record<Exclude<ComponentName, 'etcd'>, readonly OwnedFlags[]>> = {
  'kube-apiserver': [
    ...serving,
    {
      flags: ['etcd-*', 'storage-backend', 'storage-media-type'],
      instead: 'Berth runs the etcd of the cluster.',
    },
    { flags: ['kubelet-client-*', 'kubelet-certificate-authority', 'proxy-client-*'], instead: CERTIFICATES },
    {
      flags: ['service-account-key-file', 'service-account-signing-*', 'service-account-issuer'],
      instead: 'Berth keeps the keys and the issuer of service accounts.',
    },
    { flags: ['advertise-address', 'endpoint-reconciler-type', 'external-hostname'], instead: ENDPOINT },
    { flags: ['shutdown-delay-duration', 'anonymous-auth'], instead: PROCESS },
    {
      flags: ['authorization-config'],
      instead: 'Use authorization-mode: Node and RBAC stay, others may be added.',
    },
    { flags: ['service-cluster-ip-range'], instead: NETWORK },
    { flags: ['egress-selector-config-file'], instead: 'Use spec.konnectivity.' },
    { flags: ['enable-bootstrap-token-auth', 'allow-privileged'], instead: 'Nodes cannot join without it.' },
  ],
  'kube-controller-manager': [
    ...serving,
    ...client,
    {
      flags: ['cluster-signing-*', 'root-ca-file', 'service-account-private-key-file'],
      instead: CERTIFICATES,
    },
    { flags: ['cluster-cidr', 'service-cluster-ip-range', 'allocate-node-cidrs'], instead: NETWORK },
    { flags: ['use-service-account-credentials', 'cluster-name'], instead: 'Leave it out.' },
  ],
  'kube-scheduler': [...serving, ...client],
};

const rules: Readonly<Record<Exclude<ComponentName, 'etcd'>, Readonly<Record<string, Rule>>>> = {
  'kube-apiserver': {
    'authorization-mode': contains('Node', 'RBAC'),
    'enable-admission-plugins': contains('NodeRestriction'),
    'disable-admission-plugins': lacks('NodeRestriction'),
  },
  'kube-controller-manager': { controllers: contains('*', 'bootstrapsigner', 'tokencleaner') },
  'kube-scheduler': {},
};

/** Why a cluster may not set a flag to a value: what is wrong and what to do. */
export function flagProblem(
  component: Exclude<ComponentName, 'etcd'>,
  flag: string,
  value: Arguments[string],
): { code: 'FlagOwned' | 'FlagValueRefused'; message: string } | undefined {
  const owner = owned[component].find(({ flags }) => flags.some((pattern) => matchesPattern(pattern, flag)));
  if (owner) {
    return { code: 'FlagOwned', message: `--${flag} of ${component} is set by Berth. ${owner.instead}` };
  }
  const refusal = rules[component][flag]?.(value);
  return refusal === undefined
    ? undefined
    : { code: 'FlagValueRefused', message: `--${flag} of ${component} ${refusal}` };
}

function matchesPattern(pattern: string, flag: string): boolean {
  if (pattern.startsWith('*')) return flag.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? flag.startsWith(pattern.slice(0, -1)) : flag === pattern;
}

function contains(...needed: readonly string[]): Rule {
  return (value) => {
    const missing = needed.filter((item) => !listValues(value).includes(item));
    return missing.length === 0 ? undefined : `must contain ${needed.join(', ')}. Add ${missing.join(', ')}.`;
  };
}

function lacks(item: string): Rule {
  return (value) => (listValues(value).includes(item) ? `may not contain ${item}. Leave it out.` : undefined);
}
