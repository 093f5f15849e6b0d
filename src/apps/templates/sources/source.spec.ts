import { describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import type { KubeObject } from '../../../kube/types.js';
import type { TemplateFile } from '../../../model/template.js';
import { checkContent } from '../checks.js';
import { type Decomposed, decompose, objectsIn } from '../decompose/decompose.js';
import { renderService } from '../render.js';
import { variablesOf } from '../variables.js';
import { filesOfArchive, keysOfChart } from './chart.js';
import { templateFromFolder } from './folder.js';
import { portable, templateFromObjects } from './objects.js';

const workload = (name: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: 2
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers: [{name: main, image: "registry.example/${name}:1"${more}}]
`;
const service = (name: string, app = name) => `apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${app}}, ports: [{port: 80}]}
`;
const MANIFESTS = [
  workload('web', ', envFrom: [{configMapRef: {name: web-settings}}]'),
  service('web'),
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web-settings}\ndata: {a: "{{ not a template }}"}\n',
  'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: front}\nspec: {defaultBackend: {service: {name: web, port: {number: 80}}}}\n',
  workload('api'),
  service('backend', 'api'),
  'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: api}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}, maxReplicas: 3}\n',
  'apiVersion: v1\nkind: Secret\nmetadata: {name: common}\nstringData: {password: planted-manifest}\n',
].join('---\n');
const chart = (templates: Record<string, string>, values = ''): TemplateFile[] => [
  { path: 'Chart.yaml', text: 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' },
  { path: 'values.yaml', text: values },
  ...Object.entries(templates).map(([name, text]) => ({ path: `templates/${name}`, text })),
];
const division = ({ content }: Decomposed) =>
  Object.fromEntries(content.services.map(({ name, templates }) => [name, [...templates].sort()]));
const facts = { release: { name: 'one' }, seed: 's', now: 0 };

describe('manifests', () => {
  const { files, keys } = templateFromObjects('shop', objectsIn(MANIFESTS));
  const decomposed = decompose(files, keys);

  it('are divided by selectors, references and backends', () => {
    expect(division(decomposed)).toEqual({
      shared: ['templates/secret-common.yaml'],
      web: [
        'templates/configmap-web-settings.yaml',
        'templates/deployment-web.yaml',
        'templates/ingress-front.yaml',
        'templates/service-web.yaml',
      ],
      api: [
        'templates/deployment-api.yaml',
        'templates/horizontalpodautoscaler-api.yaml',
        'templates/service-backend.yaml',
      ],
    });
    expect(decomposed.content.services.find(({ name }) => name === 'web')?.dependsOn).toEqual(['shared']);
  });

  it('take images, replicas and secrets from the config, and give the same objects again', () => {
    expect(keys.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'web.replicas number',
      'web.image image',
      'api.replicas number',
      'api.image image',
      'secrets.common.password secret',
    ]);
    expect(JSON.stringify(files)).not.toContain('planted');
    const config = {
      config: 'c',
      version: 1,
      keys: keys.map(({ name, type = 'string', value }) => ({ name, type, value })),
    };
    const { objects } = renderService(decomposed.content, 'web', config, facts);
    const specs = objects.map(({ kind, spec, data }) => ({ kind, spec, data }));
    const originals = objectsIn(MANIFESTS).map(({ kind, spec, data }) => ({ kind, spec, data }));
    for (const kind of ['Service', 'ConfigMap', 'Ingress']) {
      expect(specs.find((one) => one.kind === kind)).toEqual(originals.find((one) => one.kind === kind));
    }
    const [secret] = renderService(decomposed.content, 'shared', config, facts).objects;
    expect(secret?.['data']).toEqual({ password: btoa('planted-manifest') });
  });
});

describe('charts', () => {
  it('are divided into services; a file of several is cut at its documents', () => {
    const decomposed = decompose(
      chart({
        'all.yaml': `${workload('{{ .Release.Name }}-web')}---\n${service('web-service', '{{ .Release.Name }}-web')}---\n${workload('{{ .Release.Name }}-db')}`,
        '_helpers.tpl': '{{ define "x" }}{{ end }}',
        'NOTES.txt': 'hello',
      }),
    );
    expect(division(decomposed)).toEqual({
      web: ['templates/all-1.yaml', 'templates/all-2.yaml'],
      db: ['templates/all-3.yaml'],
    });
    expect(decomposed.notices).toEqual([]);
  });

  it('what cannot be cut stays together, and is told with its line', () => {
    const text = `# all\n{{- $name := "x" }}\n${workload('web')}---\n${workload('db')}`;
    const decomposed = decompose(chart({ 'all.yaml': text }));
    expect(division(decomposed)).toEqual({ web: ['templates/all.yaml'] });
    expect(decomposed.notices).toEqual([
      {
        place: 'templates/all.yaml:2',
        code: 'NotSplit',
        message: expect.stringContaining('a variable is declared'),
      },
      { place: 'templates/all.yaml:1', code: 'NotSplit', message: 'keeps web, db together as one service' },
    ]);
    const range = `{{ range list "a" "b" }}\n---\n${workload('w-{{ . }}')}{{ end }}`;
    expect(decompose(chart({ 'range.yaml': range })).notices[0]?.message).toContain('inside of one block');
  });

  it('tell of hooks, tests, and files that render nothing', () => {
    const hook =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: h, annotations: {helm.sh/hook: pre-install}}\n';
    const decomposed = decompose(
      chart({
        'web.yaml': workload('web'),
        'off.yaml': '{{ if .Values.on }}a: b{{ end }}',
        'hook.yaml': hook,
      }),
    );
    expect(decomposed.notices.map(({ place, code }) => `${place} ${code}`)).toEqual([
      'templates/off.yaml:1 NotRendered',
      'templates/hook.yaml:1 Hook',
    ]);
    expect(division(decomposed)).toEqual({
      web: ['templates/hook.yaml', 'templates/off.yaml', 'templates/web.yaml'],
    });
  });

  it('that need values to render stay whole, and say where', () => {
    const decomposed = decompose(chart({ 'web.yaml': `a: b\nc: {{ required "give it" .Values.x }}\n` }));
    expect(decomposed.notices).toMatchObject([{ place: 'templates/web.yaml:2', code: 'RenderFailed' }]);
    expect(decomposed.content.services).toHaveLength(1);
  });

  it('give their values as typed keys', () => {
    const values =
      'image: web:1\nreplicas: 2\ntls: {enabled: true, hosts: [a]}\nauth: {password: hunter2, token: ""}\nextra: {}\n';
    expect(keysOfChart(chart({}, values))).toEqual([
      { name: 'image', type: 'image', value: 'web:1' },
      { name: 'replicas', value: 2 },
      { name: 'tls.enabled', value: true },
      { name: 'tls.hosts', value: ['a'] },
      { name: 'auth.password', type: 'secret', value: 'hunter2' },
      { name: 'auth.token', value: '' },
      { name: 'extra', value: {} },
    ]);
  });

  it.each(['shop/../../evil.yaml', 'shop//etc/passwd', 'shop/C:/evil.yaml'])(
    'an archive that leads out (%s) is refused',
    (name) => {
      expect(() => filesOfArchive(gzipSync(tarOf(name)))).toThrow(
        expect.objectContaining({ code: 'ImportInvalid' }),
      );
    },
  );
});

describe('folders', () => {
  it('have a service in each subfolder, helpers and defaults at the top, and a description', () => {
    const decomposed = templateFromFolder('shop', [
      { path: 'values.yaml', text: 'a: 1\n' },
      { path: '_names.tpl', text: '{{ define "n" }}x{{ end }}' },
      { path: 'template.yaml', text: 'services:\n  web:\n    dependsOn: [db]\n    env: {keys: ["LOG_*"]}\n' },
      { path: 'web/deployment.yaml', text: workload('web') },
      { path: 'db/statefulset.yaml', text: workload('db') },
    ]);
    expect(division(decomposed)).toEqual({
      db: ['templates/db/statefulset.yaml'],
      web: ['templates/web/deployment.yaml'],
    });
    expect(decomposed.content.services[1]).toMatchObject({ dependsOn: ['db'], env: { keys: ['LOG_*'] } });
    expect(checkContent(decomposed.content)).toEqual([]);
  });

  it('with a description of services that are not there are refused', () => {
    const files = [
      { path: 'template.yaml', text: 'services: {x: {}}' },
      { path: 'web/a.yaml', text: workload('web') },
    ];
    expect(() => templateFromFolder('shop', files)).toThrow(
      expect.objectContaining({ code: 'ImportInvalid' }),
    );
  });
});

describe('live objects', () => {
  it('lose what the cluster put into them', () => {
    const live: KubeObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'web',
        namespace: 'shop',
        uid: 'u',
        resourceVersion: '1',
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      },
      spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ports: [{ port: 80, nodePort: 30_080 }] },
      status: { loadBalancer: {} },
    };
    expect(portable(live)).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ port: 80 }] },
    });
    expect(
      portable({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: 'p',
          ownerReferences: [{ apiVersion: 'v1', kind: 'ReplicaSet', name: 'r', uid: 'u' }],
        },
      }),
    ).toBeUndefined();
  });
});

describe(checkContent.name, () => {
  it('finds every problem at once, each with its place', () => {
    const { content } = decompose(chart({ 'web.yaml': workload('web') }));
    const [web] = content.services;
    if (!web) throw new Error('no service');
    const broken = {
      files: [
        ...content.files,
        { path: 'templates/a.yaml', text: 'a: {{ nosuch 1 }}\nb: {{ .Values.x | other }}\n' },
        { path: 'templates/b.yaml', text: '{{ if }}' },
      ],
      services: [
        { ...web, dependsOn: ['x', 'b'], templates: [...web.templates, 'templates/none.yaml'] },
        { name: 'b', dependsOn: ['web'], templates: ['templates/a.yaml'] },
      ],
    };
    expect(checkContent(broken).map(({ path, code }) => `${path} ${code}`)).toEqual([
      'services.web.dependsOn UnknownService',
      'services.web.templates UnknownFile',
      'services DependencyCycle',
      'templates/a.yaml:1:7 UnknownFunction',
      expect.stringMatching(/^templates\/a\.yaml:2:\d+ UnknownFunction$/),
      expect.stringMatching(/^templates\/b\.yaml:1:\d+ ParseError$/),
      expect.stringMatching(/^templates\/b\.yaml:1:\d+ ParseError$/),
    ]);
  });

  it('warns of variables that neither config nor defaults have', () => {
    const files = chart(
      { 'web.yaml': `a: {{ .Values.a }}{{ .Values.b }}{{ .Values.c | default 1 }}{{ .Values.d.e }}` },
      'a: 1\nd: {}\n',
    );
    const content = { files, services: [{ name: 'web', dependsOn: [], templates: ['templates/web.yaml'] }] };
    expect(checkContent(content).map(({ message }) => message.split(' ')[0])).toEqual([
      '.Values.b',
      '.Values.d.e',
    ]);
    expect(checkContent(content, ['b', 'd.e'])).toEqual([]);
    expect(variablesOf(content)[0]).toEqual({
      name: 'a',
      type: 'number',
      places: ['templates/web.yaml:1:7'],
      default: 1,
      required: false,
      services: ['web'],
    });
  });
});

/** A tar of one file. */
function tarOf(name: string): Buffer {
  const content = Buffer.from('x');
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc(511 + 1024)]);
}
