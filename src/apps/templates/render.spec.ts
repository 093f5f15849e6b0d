import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../kube/types.js';
import type { TemplateContent } from '../../model/template.js';
import type { ConfigValue, ConfigValues } from '../configs/values.js';
import { type InstanceFacts, redact, renderService, traceService } from './render.js';

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "name" . }}
spec:
  replicas: {{ .Values.web.replicas }}
  template:
    spec:
      containers:
        - name: web
          image: {{ .Values.web.image | quote }}
        - name: helper
---
apiVersion: v1
kind: Secret
metadata:
  name: {{ include "name" . }}
data:
  token: {{ .Values.token | b64enc }}
  salt: {{ randAlphaNum 8 | b64enc }}
`;
const content: TemplateContent = {
  files: [
    { path: 'Chart.yaml', text: 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' },
    { path: 'values.yaml', text: 'web: {replicas: 1}\n' },
    { path: 'templates/_helpers.tpl', text: '{{ define "name" }}{{ .Release.Name }}-web{{ end }}' },
    { path: 'templates/web.yaml', text: WEB },
    {
      path: 'templates/db.yaml',
      text: 'apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Values.db.name }}}\n',
    },
  ],
  services: [
    {
      name: 'web',
      dependsOn: ['db'],
      templates: ['templates/web.yaml'],
      env: { keys: ['web.*', 'token'], containers: ['web'] },
      files: { keys: ['*'], mountPath: '/etc/shop' },
    },
    { name: 'db', dependsOn: [], templates: ['templates/db.yaml'] },
  ],
};
const PLANTED = 'planted-secret-4711';
const config = (version: number, changes: Partial<Record<string, unknown>> = {}): ConfigValues => {
  const keys: ConfigValue[] = [
    { name: 'web.image', type: 'image', value: 'nginx:1.29' },
    { name: 'web.replicas', type: 'number', value: 3 },
    { name: 'db.name', type: 'string', value: 'db' },
    { name: 'token', type: 'secret', value: PLANTED },
    { name: 'logo\\.png', type: 'file', value: new Uint8Array([0xff, 0xd8, 0]) },
  ];
  const changed = keys.map((key) => ({ ...key, value: key.name in changes ? changes[key.name] : key.value }));
  return { config: 'shop', version, keys: changed };
};
const facts: InstanceFacts = { release: { name: 'one', namespace: 'shop' }, seed: 'a', now: 0 };
const web = (version = 1, changes = {}) => renderService(content, 'web', config(version, changes), facts);
const found = (objects: readonly KubeObject[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name) as never as Record<
    string,
    never
  >;

describe(renderService.name, () => {
  it('gives the objects of one service alone', () => {
    expect(web().objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'Secret one-web',
      'Deployment one-web',
      'ConfigMap one-web-env',
      'Secret one-web-env',
      'ConfigMap one-web-files',
      'Secret one-web-files',
    ]);
    expect(renderService(content, 'db', config(1), facts).objects).toHaveLength(1);
  });

  it('feeds one config version into rendering, environment and files, and shows its number in each', () => {
    const { objects } = web(7);
    const deployment = found(objects, 'Deployment', 'one-web');
    expect(deployment).toMatchObject({
      metadata: { annotations: { 'berth.dev/config': 'shop', 'berth.dev/config-version': '7' } },
      spec: {
        replicas: 3,
        template: {
          metadata: { annotations: { 'berth.dev/config-version': '7' } },
          spec: {
            containers: [
              {
                name: 'web',
                image: 'nginx:1.29',
                envFrom: [{ configMapRef: { name: 'one-web-env' } }, { secretRef: { name: 'one-web-env' } }],
                volumeMounts: [{ name: 'berth-config', mountPath: '/etc/shop', readOnly: true }],
              },
              { name: 'helper', volumeMounts: [{ mountPath: '/etc/shop' }] },
            ],
          },
        },
      },
    });
    expect(found(objects, 'ConfigMap', 'one-web-env')['data']).toEqual({
      web_image: 'nginx:1.29',
      web_replicas: '3',
      BERTH_CONFIG_VERSION: '7',
    });
    expect(found(objects, 'ConfigMap', 'one-web-files')).toMatchObject({
      data: { 'db.name': 'db', BERTH_CONFIG_VERSION: '7' },
      binaryData: { 'logo.png': '/9gA' },
    });
    expect(found(objects, 'Secret', 'one-web-files')['data']).toEqual({ token: btoa(PLANTED) });
  });

  it('gives the same digest for another version with the same values, another one for other values', () => {
    expect(web(2).digest).toBe(web(1).digest);
    expect(web(2, { 'web.replicas': 4 }).digest).not.toBe(web(1).digest);
    expect(web(2, { 'db.name': 'other' }).digest).not.toBe(web(1).digest); // a file of it
  });

  it('rolls pods when their environment changes, not when only files do', () => {
    const digestOfPods = (changes: object) =>
      (
        found(web(1, changes).objects, 'Deployment', 'one-web')['spec'] as never as {
          template: { metadata: { annotations: Record<string, string> } };
        }
      ).template.metadata.annotations['berth.dev/environment-digest'];
    expect(digestOfPods({ token: 'other' })).not.toBe(digestOfPods({}));
    expect(digestOfPods({ 'db.name': 'other' })).toBe(digestOfPods({}));
  });

  it('says where it failed', () => {
    const broken = {
      ...content,
      files: content.files.map((file) =>
        file.path === 'templates/db.yaml' ? { ...file, text: 'a: 1\nb: {{ fail "no" }}\n' } : file,
      ),
    };
    expect(() => renderService(broken, 'db', config(1), facts)).toThrow(
      expect.objectContaining({
        code: 'RenderFailed',
        fields: [expect.objectContaining({ path: 'shop/templates/db.yaml:2' })],
      }),
    );
    expect(() => renderService(content, 'nobody', config(1), facts)).toThrow(/It has|no service "nobody"/);
  });
});

describe(traceService.name, () => {
  const traced = traceService(content, 'web', config(1), facts);

  it('renders the same, and tells which keys were read', () => {
    expect(traced.digest).toBe(web().digest);
    expect(traced.reads.touches(['web', 'replicas'])).toBe(true);
    expect(traced.reads.touches(['db', 'name'])).toBe(false);
  });

  it('masks secrets in whatever form they come', () => {
    const text = [...traced.files.values()].join('');
    expect(text).toContain('token: <secret token>');
    expect(text).not.toContain(btoa(PLANTED));
    expect(redact(`data: ${btoa(PLANTED)}`, traced.secrets)).toBe('data: <secret token>');
  });
});
