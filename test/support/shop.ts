/** A small application of two services for tests: `web` depends on `db`; a secret reaches `web` as environment. */
import { pack } from '../../src/apps/content.js';
import type { KubeClient } from '../../src/kube/client.js';
import { API_VERSION, tenantNamespace } from '../../src/model/names.js';
import type { TemplateContent } from '../../src/model/template.js';
import { versionName } from '../../src/model/versions.js';

/** Deployment and Service `web`. */
export const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: {{ .Values.image | quote }} }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`;
/** ConfigMap `db`. */
export const DB = `
apiVersion: v1
kind: ConfigMap
metadata: { name: db }
data: { mode: {{ .Values.mode | quote }} }
`;

const shopTemplate: TemplateContent = {
  files: [
    { path: 'Chart.yaml', text: 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' },
    { path: 'templates/web.yaml', text: WEB },
    { path: 'templates/db.yaml', text: DB },
  ],
  services: [
    { name: 'web', dependsOn: ['db'], templates: ['templates/web.yaml'], env: { keys: ['password'] } },
    { name: 'db', dependsOn: [], templates: ['templates/db.yaml'] },
  ],
};

/** Makes template `shop` with one version and application `shop` of tenant default; its config is `shop`. */
export async function makeShop(client: KubeClient): Promise<void> {
  const namespace = tenantNamespace('default');
  const name = 'shop';
  const make = (kind: string, own: string, spec: object) =>
    client.apply(
      { apiVersion: API_VERSION, kind, metadata: { name: own, namespace }, spec },
      { fieldManager: 'berth-test' },
    );
  await client.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { fieldManager: 'berth-test' },
  );
  await make('Template', name, {});
  await make('TemplateVersion', versionName(name, 1), {
    template: name,
    version: 1,
    author: 'test',
    source: { type: 'Edit' },
    ...pack(shopTemplate),
  });
  const environments = [{ name: 'test', config: { name } }];
  await make('Application', name, { template: { name, version: 1 }, environments });
}
