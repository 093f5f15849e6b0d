/** Which release of each addon belongs to a Kubernetes version, and its official image. */

export type AddonImage = 'kubeProxy' | 'coreDNS' | 'flannel' | 'metricsServer';

interface Row {
  /** The oldest minor these releases are for; they hold until a later row. */
  since: number;
  coreDNS: string;
  flannel: string;
  metricsServer: string;
}

/** Oldest first. */
const rows: readonly [Row, ...Row[]] = [
  { since: 35, coreDNS: '1.14.7', flannel: '0.28.10', metricsServer: '0.9.0' },
];

/** kube-proxy is of the masters' version: it may be up to three minors off a kubelet. */
export function releasesFor(kubernetesVersion: string): Readonly<Record<AddonImage, string>> {
  const minor = Number(kubernetesVersion.split('.')[1]);
  const row = rows.findLast(({ since }) => since <= minor) ?? rows[0];
  const { since: _since, ...releases } = row;
  return { kubeProxy: kubernetesVersion, ...releases };
}

const repositories: Readonly<Record<AddonImage, string>> = {
  kubeProxy: 'registry.k8s.io/kube-proxy',
  coreDNS: 'registry.k8s.io/coredns/coredns',
  flannel: 'ghcr.io/flannel-io/flannel',
  metricsServer: 'registry.k8s.io/metrics-server/metrics-server',
};

export function officialImage(name: AddonImage, kubernetesVersion: string): string {
  return `${repositories[name]}:v${releasesFor(kubernetesVersion)[name]}`;
}

/** @param registry takes the place of the registry's host; absent: none does. */
export function mirrored(image: string, registry: string | undefined): string {
  return registry === undefined ? image : image.replace(/^[^/]+/, registry);
}
