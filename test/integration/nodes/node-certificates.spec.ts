/** Certificates of nodes against a real API server, whose controller-manager signs what we approve. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KubeClient } from '../../../src/kube/client.js';
import { Informers } from '../../../src/kube/informers.js';
import { resources } from '../../../src/kube/resources.js';
import { NodeCertificateApprover, type SigningRequest } from '../../../src/nodes/certificates/approver.js';
import { KUBELET_CLIENT } from '../../../src/nodes/certificates/counted-token.js';
import { KUBELET_SERVING } from '../../../src/nodes/certificates/kubelet-serving.js';
import { joinObjects } from '../../../src/nodes/join-objects.js';
import { JoinTokens } from '../../../src/nodes/join-tokens.js';
import { connectionTo } from '../../../src/kube/connection.js';
import { KubeClient as Client } from '../../../src/kube/client.js';
import { parseCertificate } from '../../../src/pki/certificate.js';
import { certificateRequest, type RequestedNames } from '../../support/certificate-request.js';
import { when } from '../../support/eventually.js';
import { startKubeApiServer, type TestApiServer } from '../../support/kube-apiserver.js';
import { ControllerManager } from '../../support/kube-controller-manager.js';
import { joinInput } from '../../support/nodes.js';

let server: TestApiServer;
let controllers: ControllerManager;
let client: KubeClient;
let informers: Informers;
let approver: NodeCertificateApprover;
const NODE = 'system:node:n1';

beforeAll(async () => {
  server = await startKubeApiServer({
    flags: ['--enable-bootstrap-token-auth'],
    users: { [NODE]: ['system:nodes'] },
  });
  client = await server.client();
  const authority = await server.authority();
  for (const object of joinObjects({ ...joinInput, server: new URL(server.url).host, authority })) {
    await client.apply(object, { fieldManager: 'berth-test' });
  }
  controllers = await ControllerManager.start(server, ['bootstrapsigner', 'csrapproving', 'csrsigning']);
  const names = { dnsNames: new Set<string>(), ips: new Set(['10.0.0.1']) };
  approver = new NodeCertificateApprover({ client, reserved: { ...names, serviceCIDR: '10.96.0.0/16' } });
  informers = new Informers(client);
  await addNode();
}, 120_000);

afterAll(async () => {
  await informers?.close();
  await controllers?.stop();
  await server?.stop();
});

describe('a kubelet that asks for a certificate to serve with', () => {
  const n1 = { type: 'ip', value: '10.0.0.11' } as const;

  it('gets one for its own addresses', async () => {
    const { status } = await decided(
      await ask(await server.client(NODE), KUBELET_SERVING, { commonName: NODE, names: [n1] }),
    );
    const certificate = parseCertificate(Buffer.from(status?.certificate ?? '', 'base64').toString());
    expect(certificate).toMatchObject({
      commonName: NODE,
      subjectAltNames: ['IP:10.0.0.11'],
      usages: ['serverAuth'],
    });
  });

  it('gets none for the address of the masters, and is told why', async () => {
    const names = [n1, { type: 'ip', value: '10.0.0.1' } as const];
    const { status } = await decided(
      await ask(await server.client(NODE), KUBELET_SERVING, { commonName: NODE, names }),
    );
    expect(status?.conditions).toMatchObject([{ type: 'Denied', reason: 'ReservedName' }]);
  });
});

it('a counted token lets as many machines join as it is for', async () => {
  const tokens = new JoinTokens(client);
  const { token, details } = await tokens.create({ ttlSeconds: 600, createdBy: 'anna', usageLimit: 1 });
  const machine = new Client(connectionTo({ server: server.url, ca: await server.authority(), token }));
  const first = await ask(machine, KUBELET_CLIENT, { commonName: 'system:node:n7' });
  expect((await decided(first)).status?.certificate).toBeDefined();
  const second = await ask(machine, KUBELET_CLIENT, { commonName: 'system:node:n8' });
  expect((await decided(second)).status?.conditions).toMatchObject([
    { type: 'Denied', reason: 'UsageLimitReached' },
  ]);
  const listed = await tokens.list();
  expect(listed.find(({ id }) => id === details.id)?.usedBy).toEqual(['n7']);
  await machine.close();
}, 60_000);

it('a token that is not counted is none of our business: the controller-manager approves', async () => {
  const { token } = await new JoinTokens(client).create({ ttlSeconds: 600, createdBy: 'anna' });
  const machine = new Client(connectionTo({ server: server.url, ca: await server.authority(), token }));
  const request = await ask(machine, KUBELET_CLIENT, { commonName: 'system:node:n9' });
  expect(await approver.decide(request)).toBeUndefined();
  expect((await settled(request)).status?.conditions).toMatchObject([
    { type: 'Approved', reason: 'AutoApproved' },
  ]);
  await machine.close();
}, 60_000);

async function addNode(): Promise<void> {
  const node = await client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
  const addresses = ['10.0.0.11', '10.0.0.1'].map((address) => ({ type: 'InternalIP', address }));
  await client.patch(resources.Node, node.metadata, { status: { addresses } }, { subresource: 'status' });
}

async function ask(asker: KubeClient, signerName: string, names: RequestedNames): Promise<SigningRequest> {
  const usage = signerName === KUBELET_SERVING ? 'server auth' : 'client auth';
  return asker.create({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: `csr-${Math.random().toString(36).slice(2)}` },
    spec: {
      request: Buffer.from(await certificateRequest(names)).toString('base64'),
      signerName,
      usages: ['digital signature', usage],
    },
  });
}

async function decided(request: SigningRequest): Promise<SigningRequest> {
  expect(await approver.decide(request)).toBeUndefined();
  return settled(request);
}

/** Denied, or approved and signed. */
async function settled({ metadata }: SigningRequest): Promise<SigningRequest> {
  const { cache } = informers.informer(resources.CertificateSigningRequest);
  const isSettled = ({ status }: SigningRequest) =>
    status?.certificate !== undefined || status?.conditions?.some(({ type }) => type === 'Denied');
  return when(
    () => [cache.get(metadata)].find((found) => found && isSettled(found)),
    (listener) => cache.onChange(listener),
    'the request to be decided',
  );
}
