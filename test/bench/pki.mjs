/**
 * `npm run bench -- pki`: all keys and certificates of one hosted cluster, beside `kubeadm init phase certs all` when
 * kubeadm is on the PATH (it makes fewer leaves and no RSA key); and the check that nothing of it is due.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../../dist/pki/authority.js';
import { authorities as authorityTable, certificatesFor } from '../../dist/pki/certificates.js';
import { systemSource } from '../../dist/pki/keys.js';
import { renewalNeeded } from '../../dist/pki/renewal.js';
import { issueSecret } from '../../dist/pki/secrets.js';
import { createServiceAccountKeys } from '../../dist/pki/service-account.js';

const RUNS = 30;
const source = systemSource({ now: () => Date.now() });
const input = {
  clusterName: 'bench',
  namespace: 'berth-c-bench',
  metaClusterDomain: 'cluster.local',
  clusterDomain: 'cluster.local',
  serviceCIDRs: ['10.96.0.0/16'],
  hostnames: ['bench.berth.example'],
  ips: ['192.0.2.10'],
  etcdReplicas: 3,
};

async function issueAll() {
  const serviceAccount = createServiceAccountKeys(source);
  const made = authorityTable.map(async ({ name, commonName }) => [
    name,
    await createAuthority(commonName, source),
  ]);
  const authorities = Object.fromEntries(await Promise.all(made));
  const entries = certificatesFor(input);
  const secrets = await Promise.all(entries.map((entry) => issueSecret(entry, input, authorities, source)));
  await serviceAccount;
  return { authorities, found: new Map(secrets.map(({ name, data }) => [name, data])) };
}

function checkAll({ authorities, found }) {
  const now = source.now();
  return certificatesFor(input).filter((entry) =>
    renewalNeeded({ entry, input, authorities, found: found.get(entry.secret), now }),
  );
}

function kubeadm() {
  const directory = mkdtempSync(join(tmpdir(), 'berth-bench-'));
  const config = join(directory, 'config.yaml');
  const api = { apiVersion: 'kubeadm.k8s.io/v1beta4', kind: 'ClusterConfiguration' };
  const cluster = {
    ...api,
    kubernetesVersion: 'v1.36.3',
    certificatesDir: directory,
    encryptionAlgorithm: 'ECDSA-P256',
  };
  writeFileSync(config, JSON.stringify(cluster));
  const { status } = spawnSync('kubeadm', ['init', 'phase', 'certs', 'all', '--config', config]);
  rmSync(directory, { recursive: true });
  return status === 0;
}

async function measure(what, runs, work) {
  const times = [];
  for (let i = 0; i < runs; i += 1) {
    const from = performance.now();
    if ((await work()) === false) return console.log(`${what}: not available`);
    times.push(performance.now() - from);
  }
  const [first = 0, ...rest] = times;
  const sorted = rest.toSorted((a, b) => a - b);
  const figures = [first, sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].map((ms) => ms?.toFixed(1));
  console.log(
    `${what}: first ${figures[0]} ms, then min ${figures[1]} / median ${figures[2]} / max ${figures[3]} ms`,
  );
}

await measure('keys and certificates of one cluster', RUNS, issueAll);
const issued = await issueAll();
await measure('check that none is due', RUNS, () => checkAll(issued).length === 0);
await measure('kubeadm init phase certs all', 10, kubeadm);
