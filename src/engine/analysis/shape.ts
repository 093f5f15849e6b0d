/** What static analysis knows of a value: not what it is, but which parts of the data it may be. */
import type { KeyPath } from './read-set.js';

/** Any element of a map or list. */
export const ANY_KEY = '*';
/** Longer paths, and values that may be more parts than this, count as wholes: some templates walk trees. */
const MAX_PATH = 24;
const MAX_PATHS = 64;
const MAX_DEPTH = 8;

/** A value of the abstract run. */
export interface Shape {
  /** Parts of the data it may be; the empty path is all of the data. */
  readonly paths: readonly KeyPath[];
  /** Maps made by templates it may be. They are shared and changed by `set`, as in a real run. */
  readonly maps: readonly Map<string, Shape>[];
  /** What elements of a list made by templates may be. */
  readonly items: readonly Shape[];
  /** The text itself, when it can only be this one. */
  readonly text?: string;
}

export const NOTHING: Shape = { paths: [], maps: [], items: [] };
/** All of the data: what is said when nothing better is known. */
export const EVERYTHING: Shape = { paths: [[]], maps: [], items: [] };

export const pathShape = (path: KeyPath): Shape => ({ ...NOTHING, paths: [path] });
export const textShape = (text: string): Shape => ({ ...NOTHING, text });
export const mapShape = (fields: Map<string, Shape>): Shape => ({ ...NOTHING, maps: [fields] });
export const listShape = (items: readonly Shape[]): Shape => ({ ...NOTHING, items: items.filter(holdsData) });

/** True when the value may hold a part of the data. */
export function holdsData({ paths, maps, items }: Shape): boolean {
  return paths.length > 0 || maps.length > 0 || items.length > 0;
}

/** A value that may be any of these. */
export function join(shapes: readonly Shape[]): Shape {
  const [first = NOTHING, ...rest] = shapes;
  const same = rest.every((shape) => shape === first || !holdsData(shape));
  if (rest.length === 0 || (same && rest.every((shape) => shape.text === first.text))) return first;
  const paths = new Map(
    shapes.flatMap((shape) => shape.paths.map((path) => [path.join('\0'), path] as const)),
  );
  return {
    paths: paths.size > MAX_PATHS ? [[]] : [...paths.values()],
    maps: [...new Set(shapes.flatMap((shape) => shape.maps))],
    items: [...new Set(shapes.flatMap((shape) => shape.items))],
    text: shapes.every((shape) => shape.text === first.text) ? first.text : undefined,
  };
}

/** The element `key` of a value. */
export function childOf(shape: Shape, key: string): Shape {
  const own: Shape = { ...NOTHING, paths: shape.paths.map((path) => childPath(path, key)) };
  const entries = shape.maps.flatMap((map) =>
    key === ANY_KEY ? [...map.values()] : [map.get(key), map.get(ANY_KEY)],
  );
  return join([own, ...entries.filter((entry) => entry !== undefined), ...shape.items]);
}

/** A path too deep stays where it is: reading it as a whole covers all below. */
function childPath(path: KeyPath, key: string): KeyPath {
  return path.length < MAX_PATH ? [...path, key] : path;
}

/** True for a path that stands for all that lies below it, too. */
export const isDeep = (path: KeyPath): boolean => path.length >= MAX_PATH;

/** Every part of the data that lies in a value. */
export function pathsIn(shape: Shape, depth = 0): readonly KeyPath[] {
  if (depth > MAX_DEPTH) return [[]];
  const inside = [...shape.maps.flatMap((map) => [...map.values()]), ...shape.items];
  return [...shape.paths, ...inside.flatMap((item) => pathsIn(item, depth + 1))];
}

/** Text that is the same for shapes that tell the same. */
export function signature(shape: Shape): string {
  const paths = pathsIn(shape).map((path) => path.join('\0'));
  return `${shape.text ?? ''}\n${[...new Set(paths)].sort().join('\n')}`;
}
