// `node prefetch.mjs integration|end-to-end`: fetches or builds every binary that those tests need and earlier ones do
// not. On a machine with nothing cached that takes half an hour, so it goes on while earlier tests run.
import { homedir, setPriority } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { HELM_VERSION } from '../../dist/engine/chart/capabilities.js';
import { BinaryProvider } from '../../dist/local/binaries/provider.js';
import { COMPONENT_VERSIONS, KUBERNETES_VERSIONS, RELEASES } from '../../dist/local/binaries/releases.js';
import { mastersImages, metaImages, nodeImages } from '../../dist/local/images/catalog.js';
import { DEFAULT_KUBERNETES_VERSION } from '../../dist/local/settings.js';

const provider = new BinaryProvider({
  cacheDir: join(env.BERTH_CACHE_DIR ?? join(homedir(), '.cache', 'berth'), 'binaries'),
  binDir: env.BERTH_BIN_DIR,
  path: env.PATH ?? '',
});
const commandsOf = (images) => images.flatMap(({ commands }) => commands);
const others = KUBERNETES_VERSIONS.filter((version) => version !== DEFAULT_KUBERNETES_VERSION);
const { etcd, konnectivity, versitygw } = COMPONENT_VERSIONS;
const of = (version, ...commands) => commands.map((command) => ({ command, version }));
const NEEDED = {
  integration: [
    ...of(DEFAULT_KUBERNETES_VERSION, ...Object.keys(RELEASES.kubernetes.commands), 'agnhost'),
    ...others.flatMap((version) => of(version, 'kube-apiserver')),
    ...of(etcd, ...Object.keys(RELEASES.etcd.commands)),
    ...of(konnectivity, ...Object.keys(RELEASES.konnectivity.commands)),
    ...of(versitygw, 'versitygw'),
    ...of(HELM_VERSION.slice(1), 'helm'),
  ],
  'end-to-end': [
    ...commandsOf(metaImages(DEFAULT_KUBERNETES_VERSION)),
    ...commandsOf(nodeImages(DEFAULT_KUBERNETES_VERSION)),
    ...others.flatMap((version) => [
      ...commandsOf(mastersImages(version)),
      ...of(version, 'kubelet', 'kubeadm'),
    ]),
  ],
};

// Tests that run meanwhile go first.
setPriority(10);
await provider.resolve(NEEDED[process.argv[2]]);
