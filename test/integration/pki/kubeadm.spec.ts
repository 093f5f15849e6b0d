/** Our table against kubeadm's own: the same certificates, and kubeadm takes ours for its own. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { run } from '../../../src/core/process.js';
import { authorityData } from '../../../src/pki/authority.js';
import { type Certificate, isIssuedBy, parseCertificate } from '../../../src/pki/certificate.js';
import type { AuthorityName, PkiInput } from '../../../src/pki/certificates.js';
import { createServiceAccountKeys } from '../../../src/pki/service-account.js';
import { kubernetesBinary, KUBERNETES_VERSION } from '../../support/kube-binaries.js';
import { createAuthorities, issueAll, pkiInput, sourceAt } from '../../support/pki.js';

/** kubeadm's file and our Secret. */
const authorityFiles: Record<AuthorityName, string> = {
  ca: 'ca',
  'front-proxy-ca': 'front-proxy-ca',
  'etcd-ca': 'etcd/ca',
};
const leafFiles: Record<string, [file: string, authority: AuthorityName]> = {
  'apiserver-tls': ['apiserver', 'ca'],
  'apiserver-kubelet-client': ['apiserver-kubelet-client', 'ca'],
  'front-proxy-client': ['front-proxy-client', 'front-proxy-ca'],
  'etcd-server': ['etcd/server', 'etcd-ca'],
  'etcd-peer': ['etcd/peer', 'etcd-ca'],
  'etcd-healthcheck-client': ['etcd/healthcheck-client', 'etcd-ca'],
  'apiserver-etcd-client': ['apiserver-etcd-client', 'etcd-ca'],
};
const leaves = Object.entries(leafFiles);

/** kubeadm's single master is a node; ours are pods. */
const NODE = 'etcd';
const ADDRESS = '192.0.2.10';
const input: PkiInput = { ...pkiInput, ips: [ADDRESS] };

let kubeadm: string;
let root: string;
let theirs: Record<string, Certificate>;
let ours: Map<string, Record<string, string>>;

beforeAll(async () => {
  kubeadm = await kubernetesBinary('kubeadm');
  root = await mkdtemp(join(tmpdir(), 'berth-pki-'));
  await initCertificates(join(root, 'theirs'));
  theirs = Object.fromEntries(
    await Promise.all(
      leaves.map(async ([secret, [file]]) => {
        const pem = await readFile(join(root, 'theirs', `${file}.crt`), 'utf8');
        return [secret, parseCertificate(pem)] as const;
      }),
    ),
  );
  const source = sourceAt(Date.now());
  const authorities = await createAuthorities(source);
  ours = await issueAll(input, authorities, source);
  const pairs = [
    ...Object.entries(authorityFiles).map(
      ([name, file]) => [file, authorityData(authorities[name as AuthorityName])] as const,
    ),
    ...leaves.map(([secret, [file]]) => [file, ours.get(secret) ?? {}] as const),
  ];
  for (const [file, data] of pairs) {
    await save(`${file}.crt`, data['tls.crt'] ?? '');
    await save(`${file}.key`, data['tls.key'] ?? '');
  }
  for (const [name, pem] of Object.entries(await createServiceAccountKeys(source))) await save(name, pem);
}, 600_000);
afterAll(() => rm(root, { recursive: true }));

describe.each(leaves)('%s', (secret, [file]) => {
  it('has the subject, usages and life that kubeadm gives it', () => {
    const [mine, kubeadms] = [certificateOf(secret), theirs[secret]!];
    expect(mine.commonName).toBe(kubeadms.commonName);
    expect(mine.organizations).toEqual(kubeadms.organizations);
    expect(mine.usages.toSorted()).toEqual(kubeadms.usages.toSorted());
    expect(mine.isAuthority).toBe(false);
    expect(lifeOf(mine)).toBe(lifeOf(kubeadms));
  });

  it('has every name that kubeadm gives it, but for those of its node', () => {
    const ofNode = new Set(file.startsWith('etcd/') ? [`IP:${ADDRESS}`] : [`DNS:${NODE}`]);
    const wanted = theirs[secret]!.subjectAltNames.filter((name) => !ofNode.has(name));
    expect(certificateOf(secret).subjectAltNames).toEqual(expect.arrayContaining(wanted));
    // A client with names is refused by etcd, which compares them with where it dials from.
    if (wanted.length === 0) expect(certificateOf(secret).subjectAltNames).toEqual([]);
  });
});

describe.each(Object.entries(authorityFiles))('%s', (_, file) => {
  it('has the name and life that kubeadm gives it', async () => {
    const [mine, kubeadms] = await Promise.all(
      ['ours', 'theirs'].map(async (dir) =>
        parseCertificate(await readFile(join(root, dir, `${file}.crt`), 'utf8')),
      ),
    );
    expect(mine).toMatchObject({ commonName: kubeadms?.commonName, isAuthority: true });
    expect(lifeOf(mine!)).toBe(lifeOf(kubeadms!));
    expect(isIssuedBy(mine!, mine!)).toBe(true);
  });
});

describe('kubeadm', () => {
  it('has no certificate that we do not have', async () => {
    const files = await run('find', [join(root, 'theirs'), '-name', '*.crt', '-printf', '%P\n']);
    const known = [...Object.values(authorityFiles), ...leaves.map(([, [file]]) => file)];
    expect(files.trim().split('\n').toSorted()).toEqual(known.map((file) => `${file}.crt`).toSorted());
  });

  it('checks chains and keys of ours and makes none anew', async () => {
    const said = await initCertificates(join(root, 'ours'));
    expect(said).not.toContain('Generating');
    const files = leaves.map(([, [file]]) => file);
    for (const file of [...Object.values(authorityFiles), ...files]) {
      expect(said).toMatch(new RegExp(`Using existing ${file} (keyless|certificate)`));
    }
    expect(said).toContain('Using the existing "sa" key');
  });
});

function certificateOf(secret: string): Certificate {
  return parseCertificate(ours.get(secret)?.['tls.crt'] ?? '');
}

/** Whole days from start to end. */
function lifeOf({ notBefore, notAfter }: Certificate): number {
  return Math.floor((notAfter.getTime() - notBefore.getTime()) / (24 * 3600_000));
}

async function save(name: string, pem: string): Promise<void> {
  const file = join(root, 'ours', name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, pem, { mode: 0o600 });
}

/** Runs `kubeadm init phase certs all` on a directory and returns what it said. */
async function initCertificates(certificatesDir: string): Promise<string> {
  const init = {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'InitConfiguration',
    localAPIEndpoint: { advertiseAddress: ADDRESS },
    nodeRegistration: { name: NODE, criSocket: 'unix:///run/containerd/containerd.sock' },
  };
  const cluster = {
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'ClusterConfiguration',
    kubernetesVersion: `v${KUBERNETES_VERSION}`,
    certificatesDir,
    encryptionAlgorithm: 'ECDSA-P256',
    controlPlaneEndpoint: `${input.hostnames[0]}:443`,
    networking: { serviceSubnet: input.serviceCIDRs[0], dnsDomain: input.clusterDomain },
  };
  const config = `${certificatesDir}.yaml`;
  await writeFile(config, [init, cluster].map((part) => JSON.stringify(part)).join('\n---\n'));
  return run(kubeadm, ['init', 'phase', 'certs', 'all', '--config', config]);
}
