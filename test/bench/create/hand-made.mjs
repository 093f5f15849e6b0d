/** The hand-made control plane: its certificates by kubeadm, its objects from hand-made.yaml. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { resources } from '../../../dist/kube/resources.js';

const MANIFEST = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'hand-made.yaml'), 'utf8');
const ADVERTISED = '192.0.2.1';

export const hostOf = (name) => `${name}.bench.example`;

/** Everything to apply for one control plane. Made before the clock starts: people make certificates once. */
export function handMade(name, kubeadm) {
  const [namespace, ...rest] = loadAll(MANIFEST.replaceAll('HAND_MADE', name));
  const files = certificates(kubeadm, hostOf(name));
  const data = Object.fromEntries(
    files.map(({ path, content }) => [keyOf(path), content.toString('base64')]),
  );
  const pki = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'pki', namespace: name }, data };
  const deployment = rest.find(({ kind }) => kind === 'Deployment');
  const volume = deployment.spec.template.spec.volumes.find((one) => one.name === 'pki');
  volume.secret.items = files.map(({ path }) => ({ key: keyOf(path), path }));
  return [namespace, pki, ...rest];
}

export async function apply(client, objects) {
  for (const object of objects) await client.apply(object, { fieldManager: 'bench' });
}

/** Stops the pod first, and waits until nothing is left. */
export async function remove(client, name) {
  const force = { gracePeriodSeconds: 0 };
  await client.delete(
    resources.Deployment,
    { namespace: name, name: 'control-plane' },
    { propagationPolicy: 'Background' },
  );
  await client.deleteCollection(resources.Pod, { namespace: name }, force);
  await client.delete(resources.Namespace, { name });
}

// A key of a Secret has no slashes.
const keyOf = (path) => path.replaceAll('/', '_');

function certificates(kubeadm, host) {
  const directory = mkdtempSync(join(tmpdir(), 'berth-bench-'));
  const api = { apiVersion: 'kubeadm.k8s.io/v1beta4' };
  const config = [
    { ...api, kind: 'InitConfiguration', localAPIEndpoint: { advertiseAddress: ADVERTISED } },
    {
      ...api,
      kind: 'ClusterConfiguration',
      kubernetesVersion: 'v1.36.3',
      certificatesDir: directory,
      encryptionAlgorithm: 'ECDSA-P256',
      apiServer: { certSANs: [host, '127.0.0.1'] },
    },
  ];
  const file = join(directory, 'config.yaml');
  writeFileSync(file, config.map((part) => JSON.stringify(part)).join('\n---\n'));
  run(kubeadm, ['init', 'phase', 'certs', 'all', '--config', file]);
  for (const user of ['controller-manager', 'scheduler']) {
    run(kubeadm, ['init', 'phase', 'kubeconfig', user, '--config', file, '--kubeconfig-dir', directory]);
  }
  rmSync(file);
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: path.slice(directory.length + 1), content: readFileSync(path) }));
  rmSync(directory, { recursive: true });
  return files.map((one) =>
    one.path.endsWith('.conf') ? { ...one, content: onLoopback(one.content) } : one,
  );
}

function onLoopback(kubeconfig) {
  return Buffer.from(kubeconfig.toString().replace(/server: .*/, 'server: https://127.0.0.1:6443'));
}

function run(command, args) {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
