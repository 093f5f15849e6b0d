// `node prefetch.mjs integration|e2e`: fetches or builds every binary that tests need, in the order in which they need them, while the first stages run.
// On a machine with nothing cached the builds take longer than all tests; whoever needs one meanwhile waits for it.
import { homedir, setPriority } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { HELM_VERSION } from '../../dist/engine/chart/capabilities.js';
import { BinaryProvider } from '../../dist/local/binaries/provider.js';
import { KUBERNETES_VERSIONS, RELEASES } from '../../dist/local/binaries/releases.js';
import { mastersImages, metaImages, nodeImages, tunnelImages } from '../../dist/local/images/catalog.js';
import { DEFAULT_KUBERNETES_VERSION } from '../../dist/local/settings.js';

const provider = new BinaryProvider({
  cacheDir: join(env.BERTH_CACHE_DIR ?? join(homedir(), '.cache', 'berth'), 'binaries'),
  binDir: env.BERTH_BIN_DIR,
  path: env.PATH ?? '',
});
const commandsOf = (images) => images.flatMap(({ commands }) => commands);
const others = KUBERNETES_VERSIONS.filter((version) => version !== DEFAULT_KUBERNETES_VERSION);
const forIntegration = [
  ...Object.keys(RELEASES.kubernetes.commands).map((command) => ({
    command,
    version: DEFAULT_KUBERNETES_VERSION,
  })),
  ...commandsOf(mastersImages(DEFAULT_KUBERNETES_VERSION)),
  { command: 'helm', version: HELM_VERSION.slice(1) },
];
const forEndToEnd = [
  ...forIntegration,
  ...commandsOf(metaImages(DEFAULT_KUBERNETES_VERSION)),
  ...commandsOf(nodeImages(DEFAULT_KUBERNETES_VERSION)),
  ...others.flatMap((version) => commandsOf(mastersImages(version))),
  ...others.flatMap((version) => ['kubelet', 'kubeadm'].map((command) => ({ command, version }))),
  ...commandsOf(tunnelImages()),
];

// Tests that run meanwhile go first.
setPriority(10);
await provider.resolve(process.argv[2] === 'e2e' ? forEndToEnd : forIntegration);
