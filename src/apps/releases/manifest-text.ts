/** Objects as people read them: YAML without bookkeeping and without secrets. Pure. */
import { createTwoFilesPatch } from 'diff';
import { toYaml } from '../../core/yaml.js';
import type { KubeObject } from '../../kube/types.js';

/** Bookkeeping of the API server and of ours. */
const HIDDEN_ANNOTATIONS: ReadonlySet<string> = new Set([
  'berth.dev/applied-digest',
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
]);

/** @param redact takes out of a text what stems from secret keys */
export function manifestText(objects: readonly KubeObject[], redact: (text: string) => string): string {
  return objects.map((object) => redact(toYaml(shown(object)))).join('---\n');
}

/** A unified diff; empty when nothing is different. */
export function textDiff(before: string, after: string, names: readonly [string, string]): string {
  if (before === after) return '';
  return createTwoFilesPatch(names[0], names[1], before, after, '', '', { context: 3 });
}

function shown(object: KubeObject): KubeObject {
  const { status: _status, ...rest } = object;
  const { name, namespace, labels, annotations = {} } = object.metadata;
  const visible = Object.entries(annotations).filter(([key]) => !HIDDEN_ANNOTATIONS.has(key));
  const metadata = {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(labels && { labels }),
    ...(visible.length > 0 && { annotations: Object.fromEntries(visible) }),
  };
  return object.kind === 'Secret' ? masked({ ...rest, metadata }) : { ...rest, metadata };
}

/** Keys of a Secret with the length of their values. */
function masked(secret: KubeObject): KubeObject {
  const hide = (data: unknown) =>
    Object.fromEntries(
      Object.entries((data ?? {}) as Record<string, string>).map(([key, value]) => [
        key,
        `<secret, ${value.length} characters>`,
      ]),
    );
  return {
    ...secret,
    ...(secret['data'] !== undefined && { data: hide(secret['data']) }),
    ...(secret['stringData'] !== undefined && { stringData: hide(secret['stringData']) }),
  };
}
