import { randomBytes } from 'node:crypto';
import { pack } from '../../src/apps/content.js';
import type { ExportRecord } from '../../src/backup/export-records.js';

/** One record of each kind: an instance `shop` of an application, with what belongs to it. */
export function oneOfEach(): ExportRecord[] {
  const name = 'shop';
  const at = '2026-01-02T03:04:05Z';
  const metadata = (own: string) => ({
    name: own,
    labels: {},
    annotations: { 'berth.dev/origin': `0123456789 ${at} 1` },
  });
  const of = { name, version: 1 };
  const retention = { keep: 100 };
  const dataKey = randomBytes(32).toString('base64');
  const author = 'anna';
  const instance = { application: name, namespace: name, template: of, config: of };
  const release = { instance: name, service: 'web', revision: 1, action: 'Undeploy' as const };
  const rest = { digest: '', objects: [], conflicts: 'refuse' as const, adopt: false };
  const inputs = { template: of, config: of };
  const cause = { user: author };
  return [
    { kind: 'Template', metadata: metadata(name), spec: { retention } },
    {
      kind: 'TemplateVersion',
      metadata: metadata('shop.v1'),
      spec: {
        template: name,
        version: 1,
        author,
        source: { type: 'Edit' },
        ...pack({ files: [], services: [] }),
      },
    },
    { kind: 'Config', metadata: metadata(name), spec: { retention } },
    {
      kind: 'ConfigVersion',
      metadata: metadata('shop.v1'),
      spec: {
        config: name,
        version: 1,
        author,
        keyCount: 0,
        ...pack({ keys: [], dataKey: { keyId: 'k1', wrapped: 'by another installation' } }),
      },
      dataKey,
    },
    {
      kind: 'Application',
      metadata: metadata(name),
      spec: { template: { name }, environments: [{ name: 'test', config: { name } }] },
    },
    { kind: 'Instance', metadata: metadata(name), spec: instance },
    {
      kind: 'Release',
      metadata: metadata('shop.web.1'),
      spec: { ...release, ...rest, inputs, cause },
      status: { phase: 'Published' },
    },
    { kind: 'Draft', metadata: metadata('draft.shop.1'), instance: name, generation: 1, spec: instance },
    {
      kind: 'Operation',
      metadata: metadata('update-2'),
      spec: { type: 'Update', cluster: 'demo', cause },
      status: { state: 'Succeeded', startedAt: at, steps: [] },
    },
  ];
}
