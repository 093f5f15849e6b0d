/** A mutating webhook, served by this process, that puts a container beside those of every Deployment of a namespace. */
import { createServer, type Server } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { authorityData, createAuthority } from '../../src/pki/authority.js';
import { issueLeaf } from '../../src/pki/leaf.js';
import { freePort } from './free-port.js';
import { sourceAt } from './pki.js';

export const SIDECAR = { name: 'sidecar', image: 'sidecar:1' };

interface Review {
  request: { uid: string; object: { spec: { template: { spec: { containers: { name: string }[] } } } } };
}

export class SidecarWebhook {
  private constructor(
    private readonly server: Server,
    /** To be created in the cluster whose API server shall ask. */
    readonly configuration: { apiVersion: string; kind: string; metadata: { name: string } },
  ) {}

  static async start(namespace: string): Promise<SidecarWebhook> {
    const source = sourceAt(Date.now());
    const authority = await createAuthority('webhooks', source);
    const pair = await issueLeaf(
      authority,
      {
        commonName: 'webhook',
        organizations: [],
        usages: ['serverAuth'],
        subjectAltNames: ['IP:127.0.0.1'],
        ttlSeconds: 3600,
      },
      source,
    );
    const port = await freePort();
    const server = createServer({ cert: pair['tls.crt'], key: pair['tls.key'] }, (request, response) => {
      void answer(request).then((text) => response.setHeader('content-type', 'application/json').end(text));
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const caBundle = Buffer.from(authorityData(authority)['tls.crt']).toString('base64');
    return new SidecarWebhook(server, configurationOf(namespace, `https://127.0.0.1:${port}/`, caBundle));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function configurationOf(namespace: string, url: string, caBundle: string) {
  const rule = { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'sidecar' },
    webhooks: [
      {
        name: 'sidecar.berth.test',
        clientConfig: { url, caBundle },
        rules: [{ ...rule, operations: ['CREATE', 'UPDATE'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}

async function answer(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { uid, object } = (JSON.parse(Buffer.concat(chunks).toString()) as Review).request;
  const isThere = object.spec.template.spec.containers.some(({ name }) => name === SIDECAR.name);
  const patch = [{ op: 'add', path: '/spec/template/spec/containers/-', value: SIDECAR }];
  const change = { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
  const response = { uid, allowed: true, ...(!isThere && change) };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
}
