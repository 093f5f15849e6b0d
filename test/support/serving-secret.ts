/** What a pod needs to serve TLS behind a Service. */
import { createAuthority } from '../../src/pki/authority.js';
import { issueLeaf } from '../../src/pki/leaf.js';
import { sourceAt } from './pki.js';

/** @returns a Secret of type kubernetes.io/tls, named like the Service, and the PEM of what signed it. */
export async function servingSecret(
  service: string,
  namespace: string,
): Promise<{ secret: object; authority: string }> {
  const source = sourceAt(Date.now());
  const authority = await createAuthority('serving', source);
  const stringData = await issueLeaf(
    authority,
    {
      commonName: service,
      organizations: [],
      usages: ['serverAuth'],
      subjectAltNames: [`DNS:${service}.${namespace}.svc`],
      ttlSeconds: 3600,
    },
    source,
  );
  const metadata = { name: service, namespace };
  return {
    secret: { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', stringData },
    authority: authority.certificate.x509.toString(),
  };
}
