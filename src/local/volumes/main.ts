/** The provisioner as a process: `node dist/local/volumes/main.js KUBECONFIG DIRECTORY NODE`. */
import { once } from 'node:events';
import { createLogger } from '../../core/logging.js';
import { KubeClient } from '../../kube/client.js';
import { connectionFromKubeconfig } from '../../kube/connection.js';
import { VolumeProvisioner } from './provisioner.js';

const [, , file = '', directory = '', node = ''] = process.argv;
const client = new KubeClient(await connectionFromKubeconfig({ file }));
const provisioner = new VolumeProvisioner({ client, directory, node, logger: createLogger() });
await provisioner.start();
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
await provisioner.stop();
await client.close();
