/** Places inside an object: field names, and items of a list by one of their fields. */

export type Segment = string | { key: string; value: string | number };
export type Path = readonly Segment[];

/** The value at a place; undefined when there is none, or when what lies on the way has another shape. */
export function readPath(value: unknown, path: Path): unknown {
  return path.reduce(readSegment, value);
}

function readSegment(value: unknown, segment: Segment): unknown {
  if (typeof segment !== 'string') {
    const items = Array.isArray(value) ? (value as unknown[]) : [];
    return items.find((item) => readSegment(item, segment.key) === segment.value);
  }
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? (value as Record<string, unknown>)[segment] : undefined;
}

/** `spec.containers[name=etcd].args`; a name with dots or slashes is put in brackets. */
export function printPath(path: Path): string {
  return path.map(printSegment).join('').replace(/^\./, '');
}

function printSegment(segment: Segment): string {
  if (typeof segment !== 'string') return `[${segment.key}=${segment.value}]`;
  return /[./]/.test(segment) ? `[${segment}]` : `.${segment}`;
}
