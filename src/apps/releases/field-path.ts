/**
 * Field paths as server-side apply writes them in conflicts: `.spec.template.spec.containers[name="app"].image`,
 * `.metadata.finalizers[="x"]`. Pure.
 */
import type { KubeObject } from '../../kube/types.js';

type Fields = Record<string, unknown>;

/** The object without one field; as it is when it has no such field. */
export function withoutField(object: KubeObject, path: string): KubeObject {
  const copy = structuredClone(object);
  drop(copy, path);
  return copy;
}

function drop(value: unknown, path: string): void {
  if (path.startsWith('[')) return dropFromList(value, path);
  if (!isFields(value) || !path.startsWith('.')) return;
  const rest = path.slice(1);
  // Names of fields may hold dots themselves (annotations): the longest that fits is meant.
  const name = Object.keys(value)
    .filter((key) => rest === key || rest.startsWith(`${key}.`) || rest.startsWith(`${key}[`))
    .toSorted((a, b) => b.length - a.length)[0];
  if (name === undefined) return;
  if (rest === name) delete value[name];
  else drop(value[name], rest.slice(name.length));
}

function dropFromList(value: unknown, path: string): void {
  const end = closingBracket(path);
  if (!Array.isArray(value) || end < 0) return;
  const index = indexOf(value as unknown[], path.slice(1, end));
  if (index < 0) return;
  const rest = path.slice(end + 1);
  if (rest === '') value.splice(index, 1);
  else drop(value[index], rest);
}

function closingBracket(path: string): number {
  let isQuoted = false;
  for (let i = 0; i < path.length; i++) {
    if (path[i] === '"' && path[i - 1] !== '\\') isQuoted = !isQuoted;
    if (path[i] === ']' && !isQuoted) return i;
  }
  return -1;
}

/** `="x"`: an item of a set; `name="x",port=80`: an item with keys; `3`: a place. */
function indexOf(items: readonly unknown[], selector: string): number {
  if (/^\d+$/.test(selector)) return Number(selector);
  if (selector.startsWith('=')) {
    return items.findIndex((item) => JSON.stringify(item) === selector.slice(1));
  }
  const keys = [...selector.matchAll(/([\w.-]+)=("(?:[^"\\]|\\.)*"|[^,]+)/g)];
  return items.findIndex(
    (item) =>
      isFields(item) &&
      keys.every(([, name = '', text = '']) =>
        // A key that the item leaves out was defaulted: a port's protocol.
        item[name] === undefined ? true : JSON.stringify(item[name]) === text,
      ),
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
