/** The application of the benchmark: one chart for Helm, and the same files as a template of five services. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAMES = ['web', 'api', 'db', 'cache', 'worker'];

const workload = (name) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - name: ${name}
          image: {{ .Values.${name}Image | quote }}
          env: [{ name: MODE, value: {{ .Values.mode | quote }} }]
---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ port: 80 }] }
`;
const SETTINGS = `---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { mode: {{ .Values.mode | quote }} }
`;
const FILES = [
  { path: 'Chart.yaml', text: 'apiVersion: v2\nname: fanout\nversion: 1.0.0\n' },
  ...NAMES.map((name) => ({
    path: `templates/${name}.yaml`,
    text: workload(name) + (name === 'web' ? SETTINGS : ''),
  })),
];

export const SERVICES = NAMES.length;
/** One ConfigMap, and a Deployment and a Service each. */
export const OBJECTS = 2 * NAMES.length + 1;

export const template = {
  files: FILES,
  services: NAMES.map((name) => ({ name, dependsOn: [], templates: [`templates/${name}.yaml`] })),
};

/** The values of a version: `image` is that of one service. */
export const values = (image) => ({
  replicas: 0,
  mode: 'a',
  ...Object.fromEntries(NAMES.map((name) => [`${name}Image`, 'app:1'])),
  webImage: image,
});

export const keys = (image) => Object.entries(values(image)).map(([name, value]) => ({ name, value }));

/** Writes the chart; answers where. */
export function writeChart(directory) {
  const chart = join(directory, 'fanout');
  mkdirSync(join(chart, 'templates'), { recursive: true });
  for (const { path, text } of FILES) writeFileSync(join(chart, path), text);
  return chart;
}

/** Writes a values file of a version; answers where. */
export function writeValues(directory, image) {
  const file = join(directory, `${image.replace(':', '-')}.json`);
  writeFileSync(file, JSON.stringify(values(image)));
  return file;
}
