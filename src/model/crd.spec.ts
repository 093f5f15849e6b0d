import { describe, expect, it } from '@jest/globals';
import { clusterSpec } from './cluster.js';
import { customResourceDefinition, structural } from './crd.js';
import { kinds } from './kinds.js';

/** Every schema node of a CRD, with its path. */
function* nodes(schema: Record<string, unknown>, path: string): Generator<[string, Record<string, unknown>]> {
  yield [path, schema];
  for (const [name, child] of Object.entries(
    (schema['properties'] ?? {}) as Record<string, Record<string, unknown>>,
  )) {
    yield* nodes(child, `${path}.${name}`);
  }
  if (schema['items']) yield* nodes(schema['items'] as Record<string, unknown>, `${path}[]`);
  if (typeof schema['additionalProperties'] === 'object') {
    yield* nodes(schema['additionalProperties'] as Record<string, unknown>, `${path}{}`);
  }
}

describe('generated CRDs', () => {
  it.each(kinds.map((kind) => [kind.kind, kind] as const))('%s is a structural schema', (_, kind) => {
    const crd = customResourceDefinition(kind) as {
      spec: { versions: { schema: { openAPIV3Schema: object } }[] };
    };
    const root = crd.spec.versions[0]!.schema.openAPIV3Schema as Record<string, unknown>;
    for (const [path, node] of nodes(root, kind.kind)) {
      for (const keyword of ['$ref', 'anyOf', 'oneOf', 'const', '$schema', 'propertyNames']) {
        expect(`${path}: ${keyword in node ? keyword : 'fine'}`).toBe(`${path}: fine`);
      }
      const typed = 'type' in node || node['x-kubernetes-preserve-unknown-fields'] === true;
      expect(`${path}: ${typed ? 'typed' : 'no type'}`).toBe(`${path}: typed`);
    }
  });

  it('leaves fields with defaults optional and carries the defaults', () => {
    const schema = structural(clusterSpec) as {
      required: string[];
      properties: Record<string, { default?: unknown }>;
    };
    expect(schema.required).toEqual(['version']);
    expect(schema.properties['plan']?.default).toBe('dev');
  });
});

describe('Cluster spec', () => {
  it('fills in what a user leaves out', () => {
    expect(clusterSpec.parse({ version: '1.36.3' })).toMatchObject({
      tenant: 'default',
      plan: 'dev',
      exposure: {},
      network: { podCIDR: '10.244.0.0/16', serviceCIDR: '10.96.0.0/16', clusterDomain: 'cluster.local' },
    });
  });

  it.each([
    ['an unknown field', { version: '1.36.3', colour: 'red' }],
    ['a version with a v', { version: 'v1.36.3' }],
    ['a network with no prefix', { version: '1.36.3', network: { podCIDR: '10.0.0.0' } }],
    ['a flag with dashes', { version: '1.36.3', apiServer: { extraArgs: { '--v': '4' } } }],
    [
      'a patch of a Secret',
      { version: '1.36.3', patches: [{ target: { kind: 'Secret', name: 'ca' }, patch: {} }] },
    ],
  ])('refuses %s', (_, spec) => {
    expect(clusterSpec.safeParse(spec).success).toBe(false);
  });
});
