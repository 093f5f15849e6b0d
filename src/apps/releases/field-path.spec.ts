import { describe, expect, it } from '@jest/globals';
import { withoutField } from './field-path.js';

const object = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', annotations: { 'a.b/c': '1', a: '2' }, finalizers: ['x', 'y'] },
  spec: {
    replicas: 2,
    containers: [
      { name: 'app', image: 'a', ports: [{ containerPort: 80 }] },
      { name: 'side', image: 'b' },
    ],
  },
};

describe(withoutField, () => {
  it.each([
    ['.spec.replicas', { spec: { containers: object.spec.containers } }],
    ['.metadata.annotations.a.b/c', { metadata: { ...object.metadata, annotations: { a: '2' } } }],
    ['.metadata.finalizers[="x"]', { metadata: { ...object.metadata, finalizers: ['y'] } }],
    ['.spec.containers[name="side"]', { spec: { replicas: 2, containers: [object.spec.containers[0]] } }],
    [
      '.spec.containers[name="app"].ports[containerPort=80,protocol="TCP"].containerPort',
      {
        spec: {
          replicas: 2,
          containers: [{ name: 'app', image: 'a', ports: [{}] }, object.spec.containers[1]],
        },
      },
    ],
    ['.spec.nothing.here', {}],
    ['.spec.containers[name="none"].image', {}],
  ])('%s', (path, changed) => {
    expect(withoutField(object, path)).toEqual({ ...object, ...changed });
  });
});
