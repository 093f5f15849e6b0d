/** An admission webhook that agnhost serves. */
import { servingSecret } from './serving-secret.js';
import { toolsPod } from './user-node.js';

const PORT = 8443;

/** Pod, Service and configuration of a webhook that denies every ConfigMap of namespace `tested`. */
export async function servedWebhook(namespace: string): Promise<object[]> {
  const { secret, authority } = await servingSecret('webhook', namespace);
  const args = [
    'webhook',
    `--port=${PORT}`,
    '--tls-cert-file=/tls/tls.crt',
    '--tls-private-key-file=/tls/tls.key',
  ];
  const volumes = [{ name: 'tls', secret: { secretName: 'webhook' } }];
  const readinessProbe = { tcpSocket: { port: PORT }, periodSeconds: 1 };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tested', labels: { tested: 'yes' } } },
    secret,
    toolsPod('webhook', {
      args,
      readinessProbe,
      volumeMounts: [{ name: 'tls', mountPath: '/tls' }],
      spec: { volumes },
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'webhook' },
      spec: { selector: { app: 'webhook' }, ports: [{ port: 443, targetPort: PORT }] },
    },
    webhookConfiguration({ namespace, name: 'webhook' }, authority),
  ];
}

/** @param authority PEM of what the webhook's certificate verifies against. */
export function webhookConfiguration(
  service: { namespace: string; name: string; port?: number },
  authority: string,
): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'tested' },
    webhooks: [
      {
        name: 'deny.tested.example',
        clientConfig: {
          service: { ...service, path: '/always-deny' },
          caBundle: Buffer.from(authority).toString('base64'),
        },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        namespaceSelector: { matchLabels: { tested: 'yes' } },
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 5,
      },
    ],
  };
}
