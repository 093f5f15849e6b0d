/** Who is told of whom: a service whose rendered objects hold the name of another's Service calls it. Pure. */
import type { KubeObject } from '../../kube/types.js';

export interface RenderedNode {
  name: string;
  objects: readonly KubeObject[];
}

/** For each service the others it names, in the order of names. */
export function callsOf(services: readonly RenderedNode[]): Map<string, string[]> {
  const owner = new Map(
    services.flatMap(({ name, objects }) =>
      objects.filter(({ kind }) => kind === 'Service').map(({ metadata }) => [metadata.name, name] as const),
    ),
  );
  return new Map(
    services.map(({ name, objects }) => {
      const words = new Set(objects.flatMap(wordsOf));
      const called = [...owner].filter(([host, of]) => of !== name && words.has(host)).map(([, of]) => of);
      return [name, [...new Set(called)].sort()];
    }),
  );
}

/** Host names in the values of an object: `http://web:80/x` and `web.shop.svc` both name web. */
function wordsOf(object: KubeObject): string[] {
  return textsIn({ ...object, metadata: undefined }).flatMap((text) =>
    [...text.matchAll(/[a-z0-9]([-a-z0-9]*[a-z0-9])?/g)].map(([word]) => word),
  );
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
