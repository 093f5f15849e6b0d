/** What Berth can bring onto a machine, as data: where each command of a release is published and how to build it. */

export type Platform = `linux-${'amd64' | 'arm64'}`;

/** One published file: a plain binary, or an archive with the commands inside. */
export interface PublishedFile {
  url: string;
  /** A file that holds the SHA-256 of `url`: alone, or as a `<sum>  <file name>` line. */
  checksumUrl: string;
  /** Path of the command inside the archive; absent when the file is the command. */
  member?: string;
}

export interface Release {
  /** Go modules that hold the commands; all carry the release's version. */
  modules: readonly string[];
  /** Command name → Go package. */
  commands: Readonly<Record<string, string>>;
  /** Values set in package variables at link time, `package.variable` → value. */
  linkValues?: (version: string) => Readonly<Record<string, string>>;
  /** Packages that the first module's main.go imports only to register them, and that we build without. */
  leftOut?: readonly string[];
  /** Arguments that make a command print its version. */
  versionArgs: (command: string) => readonly string[];
  published?: (command: string, version: string, platform: Platform) => PublishedFile;
}

const GITHUB = 'https://github.com';

/** Both packages keep a version of their own; without them a Kubernetes binary calls itself v0.0.0. */
function kubernetesVersionValues(version: string): Record<string, string> {
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  const [major = '', minor = ''] = version.split('.');
  const values = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  return Object.fromEntries(
    packages.flatMap((name) => Object.entries(values).map(([key, value]) => [`${name}.${key}`, value])),
  );
}

const KUBERNETES: Release = {
  modules: ['k8s.io/kubernetes'],
  commands: Object.fromEntries(
    [
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kubelet',
      'kube-proxy',
      'kubeadm',
      'kubectl',
    ].map((name) => [name, `k8s.io/kubernetes/cmd/${name}`]),
  ),
  linkValues: kubernetesVersionValues,
  versionArgs: (command) =>
    command === 'kubeadm' || command === 'kubectl'
      ? ['version', ...(command === 'kubectl' ? ['--client'] : [])]
      : ['--version'],
  published: (command, version, platform) => {
    const url = `https://dl.k8s.io/release/v${version}/bin/${platform.replace('-', '/')}/${command}`;
    return { url, checksumUrl: `${url}.sha256` };
  },
};

const ETCD: Release = {
  modules: ['go.etcd.io/etcd/server/v3', 'go.etcd.io/etcd/etcdctl/v3', 'go.etcd.io/etcd/etcdutl/v3'],
  commands: {
    etcd: 'go.etcd.io/etcd/server/v3',
    etcdctl: 'go.etcd.io/etcd/etcdctl/v3',
    etcdutl: 'go.etcd.io/etcd/etcdutl/v3',
  },
  versionArgs: (command) => (command === 'etcd' ? ['--version'] : ['version']),
  published: (command, version, platform) => {
    const base = `${GITHUB}/etcd-io/etcd/releases/download/v${version}`;
    const name = `etcd-v${version}-${platform}`;
    return {
      url: `${base}/${name}.tar.gz`,
      checksumUrl: `${base}/SHA256SUMS`,
      member: `${name}/${command}`,
    };
  },
};

const COREDNS: Release = {
  modules: ['github.com/coredns/coredns'],
  commands: { coredns: 'github.com/coredns/coredns' },
  versionArgs: () => ['-version'],
  published: (command, version, platform) => {
    const file = `coredns_${version}_${platform.replace('-', '_')}.tgz`;
    const url = `${GITHUB}/coredns/coredns/releases/download/v${version}/${file}`;
    return { url, checksumUrl: `${url}.sha256`, member: command };
  },
};

const TRAEFIK: Release = {
  modules: ['github.com/traefik/traefik/v3'],
  commands: { traefik: 'github.com/traefik/traefik/v3/cmd/traefik' },
  linkValues: (version) => ({ 'github.com/traefik/traefik/v3/pkg/version.Version': version }),
  versionArgs: () => ['version'],
  published: (command, version, platform) => {
    const base = `${GITHUB}/traefik/traefik/releases/download/v${version}`;
    return {
      url: `${base}/traefik_v${version}_${platform.replace('-', '_')}.tar.gz`,
      checksumUrl: `${base}/traefik_v${version}_checksums.txt`,
      member: command,
    };
  },
};

/** Carries what the masters send to nodes that they cannot reach. No release site has its commands. */
const KONNECTIVITY: Release = {
  modules: ['sigs.k8s.io/apiserver-network-proxy'],
  commands: {
    'proxy-server': 'sigs.k8s.io/apiserver-network-proxy/cmd/server',
    'proxy-agent': 'sigs.k8s.io/apiserver-network-proxy/cmd/agent',
  },
  // Neither tells its version.
  versionArgs: () => ['--version'],
};

/** Not part of any cluster: what tests run in pods, of the version of a Kubernetes release. */
const AGNHOST: Release = {
  modules: ['k8s.io/kubernetes'],
  commands: { agnhost: 'k8s.io/kubernetes/test/images/agnhost' },
  versionArgs: () => ['--version'],
};

/** Without the backend of one cloud, which drags its SDK in, and the one that needs a C compiler. */
const FLANNEL: Release = {
  modules: ['github.com/flannel-io/flannel'],
  commands: { flanneld: 'github.com/flannel-io/flannel' },
  linkValues: (version) => ({ 'github.com/flannel-io/flannel/pkg/version.Version': `v${version}` }),
  leftOut: ['tencentvpc', 'udp'].map((backend) => `github.com/flannel-io/flannel/pkg/backend/${backend}`),
  versionArgs: () => ['--version'],
};

const METRICS_SERVER: Release = {
  modules: ['sigs.k8s.io/metrics-server'],
  commands: { 'metrics-server': 'sigs.k8s.io/metrics-server/cmd/metrics-server' },
  linkValues: (version) => ({ 'k8s.io/client-go/pkg/version.gitVersion': `v${version}` }),
  versionArgs: () => ['--version'],
};

/** Not part of any cluster: tests hold the template engine against it. */
const HELM: Release = {
  modules: ['helm.sh/helm/v3'],
  commands: { helm: 'helm.sh/helm/v3/cmd/helm' },
  linkValues: (version) => ({ 'helm.sh/helm/v3/internal/version.version': `v${version}` }),
  versionArgs: () => ['version', '--short'],
};

/** Not part of any cluster either: an S3 server over a directory, which backups are tested against. */
const VERSITYGW: Release = {
  modules: ['github.com/versity/versitygw'],
  commands: { versitygw: 'github.com/versity/versitygw/cmd/versitygw' },
  linkValues: (version) => ({ 'main.Version': version }),
  versionArgs: () => ['--version'],
};

export const RELEASES = {
  kubernetes: KUBERNETES,
  etcd: ETCD,
  coredns: COREDNS,
  traefik: TRAEFIK,
  konnectivity: KONNECTIVITY,
  agnhost: AGNHOST,
  flannel: FLANNEL,
  'metrics-server': METRICS_SERVER,
  helm: HELM,
  versitygw: VERSITYGW,
} as const satisfies Record<string, Release>;

export type ReleaseName = keyof typeof RELEASES;

/** Kubernetes versions a hosted cluster or the embedded meta-cluster can have, oldest first. */
export const KUBERNETES_VERSIONS = ['1.35.4', '1.36.3', '1.37.0'] as const;

/** The versions of everything but Kubernetes. */
export const COMPONENT_VERSIONS = {
  etcd: '3.6.16',
  coredns: '1.14.7',
  traefik: '3.6.12',
  konnectivity: '0.36.0',
  versitygw: '1.8.0',
} as const;

/** The release a command belongs to, undefined for a command Berth does not know. */
export function releaseOf(command: string): ReleaseName | undefined {
  const names = Object.keys(RELEASES) as ReleaseName[];
  return names.find((name) => command in RELEASES[name].commands);
}
