/** An aggregated API that agnhost serves: external.metrics.k8s.io with two metrics. */
import { servingSecret } from './serving-secret.js';
import { toolsPod } from './user-node.js';

const PORT = 6443;
const NAME = 'external-metrics';

/** Pod, Service and APIService; the API server verifies the pod's certificate. */
export async function servedApi(namespace: string): Promise<object[]> {
  const { secret, authority } = await servingSecret(NAME, namespace);
  // The command takes a certificate that lies there already.
  const items = ['crt', 'key'].map((end) => ({ key: `tls.${end}`, path: `apiserver.${end}` }));
  return [
    secret,
    toolsPod(NAME, {
      args: [NAME, `--port=${PORT}`],
      readinessProbe: { httpGet: { path: '/readyz', port: PORT, scheme: 'HTTPS' }, periodSeconds: 1 },
      volumeMounts: [{ name: 'tls', mountPath: '/tmp/cert' }],
      spec: { volumes: [{ name: 'tls', secret: { secretName: NAME, items } }] },
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: NAME, namespace },
      spec: { selector: { app: NAME }, ports: [{ port: 443, targetPort: PORT }] },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.external.metrics.k8s.io' },
      spec: {
        group: 'external.metrics.k8s.io',
        version: 'v1beta1',
        service: { name: NAME, namespace },
        caBundle: Buffer.from(authority).toString('base64'),
        groupPriorityMinimum: 100,
        versionPriority: 100,
      },
    },
  ];
}
