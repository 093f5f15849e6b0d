import { describe, expect, it } from '@jest/globals';
import { replaces, withoutImports } from './go-build.js';

describe('replaces', () => {
  it('names the published versions of Kubernetes staging modules', () => {
    const upstream = 'replace (\n\tk8s.io/api => ./staging/src/k8s.io/api\n)\n';
    expect(replaces(upstream, '1.36.3')).toEqual(['replace k8s.io/api => k8s.io/api v0.36.3']);
  });

  it('repeats forks as they are', () => {
    const upstream = 'replace github.com/gorilla/mux => github.com/containous/mux v0.0.1\n';
    expect(replaces(upstream, '3.6.12')).toEqual([
      'replace github.com/gorilla/mux => github.com/containous/mux v0.0.1',
    ]);
  });

  it('leaves out directories of the repository that are modules of their own', () => {
    const upstream =
      'replace (\n\tgo.etcd.io/etcd/api/v3 => ../api\n\tgo.etcd.io/etcd/v3 => ./FORBIDDEN\n)\n';
    expect(replaces(upstream, '3.6.16')).toEqual([]);
  });
});

describe('withoutImports', () => {
  it('drops the blank imports of a package and nothing else', () => {
    const source = 'import (\n\t_ "a.example/b"\n\t_ "a.example/bc"\n\t"a.example/b"\n)\n';
    expect(withoutImports(source, ['a.example/b'])).toBe(
      'import (\n\t_ "a.example/bc"\n\t"a.example/b"\n)\n',
    );
  });
});
