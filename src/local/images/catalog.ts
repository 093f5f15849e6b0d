/** The images of the embedded meta-cluster, under their official names, and what is in them. */
import { konnectivityImage } from '../../control-plane/konnectivity/konnectivity.js';
import { officialImage, releasesFor } from '../../addons/releases.js';
import type { Wanted } from '../binaries/provider.js';
import { COMPONENT_VERSIONS, KUBERNETES_VERSIONS } from '../binaries/releases.js';

export interface ImageSpec {
  /** As a pod names it. */
  reference: string;
  /** Statically linked commands that go into /usr/local/bin. */
  commands: readonly Wanted[];
  entrypoint: readonly string[];
  /** Commands of this machine that go in at their own paths, with all they load. */
  hostCommands?: readonly HostCommand[];
}

export interface HostCommand {
  name: string;
  /** Path inside the image; by default the path on the machine. */
  path?: string;
}

/** containerd's own pause container: an init that waits for ever. */
export const PAUSE_IMAGE = 'registry.k8s.io/pause:3.10.2';

/** Takes snapshots into pods that restore them; BERTH_TRANSFER_IMAGE names it elsewhere. */
const TRANSFER_IMAGE = 'docker.io/library/busybox:1.37.0';

/** What hosted masters of a Kubernetes version need. */
export function mastersImages(version: string): ImageSpec[] {
  const etcd = COMPONENT_VERSIONS.etcd;
  const etcdCommands = ['etcd', 'etcdctl', 'etcdutl'].map((command) => ({ command, version: etcd }));
  return [
    { reference: `registry.k8s.io/etcd:${etcd}-0`, commands: etcdCommands, entrypoint: ['etcd'] },
    ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((command) =>
      kubernetesImage(command, version),
    ),
  ];
}

/** What masters with a tunnel to their nodes need besides. */
export function tunnelImages(): ImageSpec[] {
  return [konnectivity('proxy-server')];
}

function konnectivity(command: 'proxy-server' | 'proxy-agent'): ImageSpec {
  const version = COMPONENT_VERSIONS.konnectivity;
  return {
    reference: konnectivityImage(command),
    commands: [{ command, version }],
    entrypoint: [`/usr/local/bin/${command}`],
  };
}

/** What the meta-cluster itself needs besides its masters. */
export function metaImages(version: string): ImageSpec[] {
  const { coredns, traefik } = COMPONENT_VERSIONS;
  return [
    ...mastersImages(version),
    pauseImage(),
    kubeProxyImage(version),
    coreDNSImage(coredns),
    {
      reference: `docker.io/library/traefik:v${traefik}`,
      commands: [{ command: 'traefik', version: traefik }],
      entrypoint: ['/usr/local/bin/traefik'],
    },
    {
      reference: TRANSFER_IMAGE,
      commands: [],
      entrypoint: ['/bin/busybox'],
      hostCommands: [{ name: 'busybox', path: '/bin/busybox' }],
    },
  ];
}

/** What the nodes of a cluster need, `version` being that of its masters. */
export function nodeImages(version: string): ImageSpec[] {
  const { coreDNS, flannel, metricsServer } = releasesFor(version);
  return [
    pauseImage(),
    kubeProxyImage(version),
    {
      reference: officialImage('flannel', version),
      commands: [{ command: 'flanneld', version: flannel }],
      entrypoint: ['/usr/local/bin/flanneld'],
      hostCommands: [{ name: 'iptables' }, ...SHELL],
    },
    coreDNSImage(coreDNS),
    {
      reference: officialImage('metricsServer', version),
      commands: [{ command: 'metrics-server', version: metricsServer }],
      entrypoint: ['/usr/local/bin/metrics-server'],
    },
  ];
}

/** A shell and what scripts of ours call. */
const SHELL: readonly HostCommand[] = ['sh', 'cat', 'mv', 'sleep'].map((name) => ({
  name: 'busybox',
  path: `/bin/${name}`,
}));

function kubeProxyImage(version: string): ImageSpec {
  return {
    ...kubernetesImage('kube-proxy', version),
    hostCommands: [{ name: 'iptables' }, { name: 'conntrack' }],
  };
}

function coreDNSImage(version: string): ImageSpec {
  return {
    reference: `registry.k8s.io/coredns/coredns:v${version}`,
    commands: [{ command: 'coredns', version }],
    entrypoint: ['/usr/local/bin/coredns'],
  };
}

/** The image of the catalogue with this reference, of whichever version. */
export function catalogImage(reference: string): ImageSpec | undefined {
  const images = KUBERNETES_VERSIONS.flatMap((version) => [...metaImages(version), ...nodeImages(version)]);
  return [...images, konnectivity('proxy-agent'), BUSYBOX].find((image) => image.reference === reference);
}

/** For samples and tests: a shell, a web server, clients. */
const BUSYBOX: ImageSpec = {
  reference: 'docker.io/library/busybox:stable',
  commands: [],
  entrypoint: ['/bin/sh'],
  hostCommands: ['busybox', 'sh', 'httpd', 'wget', 'nslookup', 'sleep'].map((name) => ({
    name: 'busybox',
    path: `/bin/${name}`,
  })),
};

function pauseImage(): ImageSpec {
  return {
    reference: PAUSE_IMAGE,
    commands: [],
    entrypoint: ['/pause', '-P'],
    hostCommands: [{ name: 'catatonit', path: '/pause' }],
  };
}

function kubernetesImage(command: string, version: string): ImageSpec {
  return {
    reference: `registry.k8s.io/${command}:v${version}`,
    commands: [{ command, version }],
    entrypoint: [`/usr/local/bin/${command}`],
  };
}
