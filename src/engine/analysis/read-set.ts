/** Which keys of the values a render read: what a change of a key can reach. */

/**
 * How a key was read: its `value` (all that lies under it), only whether it is there or empty (`presence`), or
 * the names of what lies directly under it (`keys`).
 */
export type ReadKind = 'value' | 'presence' | 'keys';

/** A path of keys from the root of the values; elements of lists by their index. In static bounds `*` is any. */
export type KeyPath = readonly string[];

export interface KeyRead {
  path: KeyPath;
  kind: ReadKind;
}

const SEPARATOR = '\0';
/** In a read: any key. */
const ANY_KEY = '*';

/** True when the shorter of both leads to the longer one. */
const onOneLine = (a: KeyPath, b: KeyPath): boolean =>
  (a.length < b.length ? a : b).every((_, i) => a[i] === b[i] || a[i] === ANY_KEY);

/**
 * All places a key of the values is seen at: Helm copies `global` of a chart into the values of each subchart.
 *
 * @param subcharts where the values of subcharts lie
 */
export function copiesOf(path: KeyPath, subcharts: readonly KeyPath[]): KeyPath[] {
  return path[0] === 'global' ? [path, ...subcharts.map((chart) => [...chart, ...path])] : [path];
}

/** Collects reads; {@link touches} answers which changes they notice. */
export class ReadSet {
  private readonly kinds = new Map<string, Set<ReadKind>>();
  private readonly paths = new Map<string, KeyPath>();

  /** `subcharts`: where the values of subcharts lie in those of the chart. */
  constructor(private readonly subcharts: readonly KeyPath[] = []) {}

  add(path: KeyPath, kind: ReadKind): void {
    const id = path.join(SEPARATOR);
    const known = this.kinds.get(id);
    if (known) known.add(kind);
    else this.kinds.set(id, new Set([kind]));
    this.paths.set(id, path);
  }

  /** Every read, by path. A key read both as a value and otherwise shows as `value` alone. */
  reads(): KeyRead[] {
    const out: KeyRead[] = [];
    for (const id of [...this.kinds.keys()].sort()) {
      const kinds = this.kinds.get(id) ?? new Set<ReadKind>();
      const path = this.paths.get(id) ?? [];
      if (kinds.has('value')) out.push({ path, kind: 'value' });
      else for (const kind of kinds) out.push({ path, kind });
    }
    return out;
  }

  /**
   * True when a render that read this set may come out differently after the value at `changed` was set, changed
   * or removed. Never wrong when it says false.
   */
  touches(changed: KeyPath): boolean {
    return copiesOf(changed, this.subcharts).some((copy) => this.touchesOne(copy));
  }

  private touchesOne(changed: KeyPath): boolean {
    for (const [id, path] of this.paths) {
      if (!onOneLine(path, changed)) continue;
      // Presence and keys do not see what changes deeper than one step below.
      if (changed.length <= path.length + 1 || this.kinds.get(id)?.has('value')) return true;
    }
    return false;
  }
}
