/**
 * Reading of fieldsV1, the field sets of structured-merge-diff: a node without children is owned whole; children are
 * `f:name` for fields, `k:{…}` for list items by their key fields, `v:…` for items of a set.
 */
type FieldTree = Record<string, unknown>;

/** A list of `desired` that holds what is not ours, as a JSON pointer and what it should be. */
export interface ForeignList {
  path: string;
  value: unknown[];
}

/** Whether a field set has every field of `desired`. `live` is the stored value of the same fields. */
export function ownsAll(tree: unknown, desired: unknown, live: unknown): boolean {
  // The API server does not record an empty list whose items have keys: it is as desired when nothing is there.
  if (isEmptyList(desired) && tree === undefined) return live === undefined || isEmptyList(live);
  if (!isRecord(tree)) return false;
  if (isLeaf(tree) || desired === null) return true;
  if (Array.isArray(desired)) {
    return desired.every((item) => {
      const own = ownItem(tree, item, live);
      return own !== undefined && ownsAll(own.tree, item, own.live);
    });
  }
  if (!isRecord(desired)) return false;
  return fieldsOf(desired).every(([name, field]) => ownsAll(tree[`f:${name}`], field, fieldOf(live, name)));
}

/**
 * The lists in `desired` into which somebody else put items, or whose items changed their keys, which to
 * server-side apply is the same. Lists that are owned whole never are: changing them takes them from their owner.
 */
export function foreignLists(tree: unknown, desired: unknown, live: unknown, path = ''): ForeignList[] {
  if (isRecord(tree) && isLeaf(tree)) return [];
  const children = isRecord(tree) ? tree : {};
  if (isRecord(desired)) {
    return fieldsOf(desired).flatMap(([name, field]) =>
      foreignLists(children[`f:${name}`], field, fieldOf(live, name), `${path}/${escape(name)}`),
    );
  }
  if (!Array.isArray(desired) || !Array.isArray(live) || live.length === 0) return [];
  const items = desired.map((item: unknown) => ({ item, own: ownItem(children, item, live) }));
  if (live.length !== desired.length || items.some(({ own }) => own === undefined)) {
    return [{ path, value: desired }];
  }
  return items.flatMap(({ item, own }) => foreignLists(own?.tree, item, own?.live, `${path}/${own?.index}`));
}

/**
 * The node of our field set that is about an item of a list, and the item as stored. None when no such item is
 * stored: the record may outlive it (fields that held an empty value stay in it).
 */
function ownItem(tree: FieldTree, item: unknown, list: unknown) {
  const stored: unknown[] = Array.isArray(list) ? list : [];
  for (const [name, own] of Object.entries(tree)) {
    if (!isAbout(name, item)) continue;
    const index = stored.findIndex((candidate) => isAbout(name, candidate));
    if (index >= 0) return { tree: own, live: stored[index], index };
  }
  return undefined;
}

/** Whether `k:{…}` or `v:…` is about an item. Key fields it leaves out were defaulted (a port's protocol). */
function isAbout(name: string, item: unknown): boolean {
  if (!isRecord(item)) return name === `v:${JSON.stringify(item)}`;
  if (!name.startsWith('k:')) return false;
  const key = JSON.parse(name.slice(2)) as FieldTree;
  return Object.entries(key).every(([field, value]) => item[field] === undefined || item[field] === value);
}

function fieldsOf(value: FieldTree): [string, unknown][] {
  return Object.entries(value).filter(([, field]) => field !== undefined);
}

function fieldOf(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

function isLeaf(tree: FieldTree): boolean {
  return Object.keys(tree).every((name) => name === '.');
}

function isRecord(value: unknown): value is FieldTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** RFC 6901. */
function escape(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
