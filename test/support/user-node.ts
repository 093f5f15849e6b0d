/** A user node of a test, made by `berth node add`. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BinaryProvider } from '../../src/local/binaries/provider.js';
import type { ImageSpec } from '../../src/local/images/catalog.js';
import { ImageStore } from '../../src/local/images/image-store.js';
import { allocatedNetwork } from '../../src/local/network/allocation.js';
import { networkPlan } from '../../src/local/network/plan.js';
import { readRecord } from '../../src/local/user-nodes/record.js';
import { UserNode } from '../../src/local/user-nodes/user-node.js';
import type { Embedded } from './embedded.js';
import { KUBERNETES_VERSION } from './kube-binaries.js';

/** What tests run in pods: agnhost, kubectl, a shell and tar. */
export const TOOLS: ImageSpec = {
  reference: 'berth.test/tools:1',
  commands: ['agnhost', 'kubectl'].map((command) => ({ command, version: KUBERNETES_VERSION })),
  entrypoint: ['/usr/local/bin/agnhost'],
  hostCommands: ['sh', 'cat', 'tar', 'sleep', 'date'].map((name) => ({
    name: 'busybox',
    path: `/bin/${name}`,
  })),
};

/** Adds a node and brings it images that no registry has. Answers it as its host is. */
export async function addNode(
  meta: Embedded,
  cluster: string,
  { version, images = [TOOLS] }: { version?: string; images?: readonly ImageSpec[] } = {},
): Promise<UserNode> {
  const versionArgs = version === undefined ? [] : ['--kubernetes-version', version];
  const added = await meta.berth('node', 'add', cluster, ...versionArgs, '-o', 'name');
  const name = added.trim().split('\n').at(-1)?.replace('node/', '') ?? '';
  const [record, index] = await Promise.all([readRecord(meta.dir, name), allocatedNetwork(meta.dir.root)]);
  if (!record || index === undefined) throw new Error(`there is no host of node ${name}`);
  const node = new UserNode(meta.dir, networkPlan(index), record);
  const cacheDir = join(process.env['BERTH_CACHE_DIR'] ?? join(homedir(), '.cache', 'berth'), 'binaries');
  const provider = new BinaryProvider({ cacheDir, path: process.env['PATH'] ?? '' });
  await new ImageStore(node.host, provider).ensure(images, () => undefined);
  return node;
}

/** A pod of the tools' image; `command` instead of agnhost. */
export function toolsPod(
  name: string,
  changes: { args?: string[]; command?: string[]; [field: string]: unknown },
) {
  const { args, command, spec, ...container } = changes;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: 'main', image: TOOLS.reference, imagePullPolicy: 'Never', args, command, ...container },
      ],
      ...(spec as object | undefined),
    },
  };
}
