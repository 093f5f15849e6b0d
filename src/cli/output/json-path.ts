/** The part of JSONPath that printer columns use: `.a.b` and `.list[?(@.type=="Ready")].status`. */

const SEGMENT = /\.([A-Za-z0-9_-]+)|\[\?\(@\.([A-Za-z0-9_-]+)=="([^"]*)"\)\]/y;

/** The value at a path; undefined when something on the way is missing. Throws TypeError on other syntax. */
export function valueAt(object: unknown, path: string): unknown {
  SEGMENT.lastIndex = 0;
  let value = object;
  while (SEGMENT.lastIndex < path.length) {
    const [segment, field, key = '', wanted] = SEGMENT.exec(path) ?? [];
    if (segment === undefined) throw new TypeError(`cannot read the path ${path}`);
    value = field === undefined ? elementWith(value, key, wanted) : fieldOf(value, field);
  }
  return value;
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
}

function elementWith(value: unknown, key: string, wanted: string | undefined): unknown {
  return Array.isArray(value) ? value.find((element) => fieldOf(element, key) === wanted) : undefined;
}
