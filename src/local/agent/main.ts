/**
 * The embedded meta-cluster's own helper, a process beside the Berth service: makes volumes, brings the images
 * of Kubernetes versions when the first cluster of a version is created, serves
 * images to user nodes, and keeps these. `node agent/main.js DATA_DIR`.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { BerthError } from '../../core/errors.js';
import { createLogger } from '../../core/logging.js';
import { BinaryProvider } from '../binaries/provider.js';
import { ImageStore } from '../images/image-store.js';
import { readInstallation } from '../installation.js';
import { allocatedNetwork } from '../network/allocation.js';
import { catalogImage } from '../images/catalog.js';
import { ImageBlobs } from '../images/image-blobs.js';
import { ImageRegistry } from '../images/registry.js';
import { META_NODE, REGISTRY_PORT, networkPlan } from '../network/plan.js';
import { metaHost, withClient } from '../parts.js';
import { dataDir } from '../paths.js';
import { VolumeProvisioner } from '../volumes/provisioner.js';
import { ImageCourier } from './image-courier.js';
import { UserNodeKeeper } from './user-node-keeper.js';

const dir = dataDir(process.argv[2] ?? '');
const logger = createLogger();
const installation = await readInstallation(dir);
const index = await allocatedNetwork(dir.root);
if (!installation?.binaries || index === undefined) {
  throw new BerthError('NotInstalled', `${dir.root} holds no embedded meta-cluster`);
}
const provider = new BinaryProvider({
  ...installation.binaries,
  onProgress: (message) => logger.info({ message }, 'binaries'),
});
const plan = networkPlan(index);
const images = new ImageStore(metaHost(dir, plan), provider);

const blobs = new ImageBlobs({
  directory: dir.images,
  binaries: provider,
  find: catalogImage,
  onMake: (image) => logger.info({ image }, 'making image'),
});
const registry = new ImageRegistry(blobs, logger);
await registry.listen(plan.gateway, REGISTRY_PORT);

await withClient(dir.kubeconfig, async (client) => {
  const directory = join(dir.node(META_NODE), 'volumes');
  const workers = [
    new VolumeProvisioner({ client, directory, node: META_NODE, logger }),
    new ImageCourier({ client, images, logger }),
    new UserNodeKeeper({ client, dir, plan, logger }),
  ];
  await Promise.all(workers.map((worker) => worker.start()));
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await Promise.all([registry.close(), ...workers.map((worker) => worker.stop())]);
});
