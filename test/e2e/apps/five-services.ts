/** An application of five services whose pods really run: `web` → `api` → `db` and `cache`; `worker` → `db`. */
import type { TemplateContent } from '../../../src/model/template.js';
import { TOOLS } from '../../support/user-node.js';

export const SERVICES = ['api', 'cache', 'db', 'web', 'worker'];

const CONTAINER = `name: main
          image: ${TOOLS.reference}
          imagePullPolicy: Never`;
const PODS = `
  selector: { matchLabels: { app: NAME } }
  template:
    metadata: { labels: { app: NAME } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - ${CONTAINER}
          args: ARGS`;

interface Workload {
  kind?: 'Deployment' | 'StatefulSet';
  args: readonly string[];
  /** More lines of its spec. */
  spec?: string;
  /** More lines of its container. */
  container?: string;
}

function workload(
  name: string,
  { kind = 'Deployment', args, spec = 'replicas: 1', container = '' }: Workload,
): string {
  const head = `apiVersion: apps/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n  ${spec}`;
  return head + PODS.replaceAll('NAME', name).replace('ARGS', JSON.stringify(args)) + container;
}

const service = (name: string, more = '') =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { selector: { app: ${name} }, ports: [{ port: 8080 }]${more} }`;
const settings = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: cache-settings }\ndata: { size: {{ .Values.cacheSize | quote }} }`;
const READY = `
          readinessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 1 }`;

const MANIFESTS: Readonly<Record<string, readonly string[]>> = {
  db: [
    service('db', ', clusterIP: None'),
    workload('db', {
      kind: 'StatefulSet',
      args: ['netexec'],
      spec: 'serviceName: db\n  replicas: 1',
      container: READY,
    }),
  ],
  cache: [settings, workload('cache', { args: ['pause'] })],
  api: [
    service('api'),
    workload('api', { args: ['netexec'], spec: 'replicas: {{ .Values.replicas }}', container: READY }),
  ],
  web: [service('web'), workload('web', { args: ['netexec'], container: READY })],
  worker: [workload('worker', { args: ['pause'] })],
};
const DEPENDS_ON: Readonly<Record<string, string[]>> = {
  api: ['db', 'cache'],
  web: ['api'],
  worker: ['db'],
};

/** The template; `withSettings: false` leaves the ConfigMap of `cache` out, as a later version does. */
export function fiveServices({ withSettings = true } = {}): TemplateContent {
  const files = Object.entries(MANIFESTS).map(([name, objects]) => ({
    path: `templates/${name}.yaml`,
    text: objects.filter((text) => withSettings || text !== settings).join('\n---\n'),
  }));
  const services = SERVICES.map((name) => ({
    name,
    dependsOn: DEPENDS_ON[name] ?? [],
    templates: [`templates/${name}.yaml`],
    ...(name === 'api' && { env: { keys: ['greeting', 'password'] } }),
    ...(name === 'web' && { files: { keys: ['page'], mountPath: '/etc/web' } }),
  }));
  return {
    files: [{ path: 'Chart.yaml', text: 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' }, ...files],
    services,
  };
}
