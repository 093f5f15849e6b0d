import type { Value } from '../value.js';

/** A schema: a mapping of keywords, or a bool that allows everything or nothing. */
export type Schema = Map<string, Value> | boolean;

export type Draft = 4 | 6 | 7 | 2019 | 2020;

const DRAFTS: readonly (readonly [string, Draft])[] = [
  ['draft-04', 4],
  ['draft-06', 6],
  ['draft-07', 7],
  ['2019-09', 2019],
];
const BASE = 'file:///values.schema.json';

/** A schema's document with the places that `$ref` can point to. */
export class SchemaDocument {
  readonly draft: Draft;
  readonly #named = new Map<string, Schema>();

  constructor(readonly root: Schema) {
    const name = root instanceof Map ? root.get('$schema') : undefined;
    this.draft = DRAFTS.find(([part]) => typeof name === 'string' && name.includes(part))?.[1] ?? 2020;
    this.index(root, BASE);
  }

  /**
   * The schema a reference stands for. References to other documents are not followed, since a render has no
   * network: what they would check passes.
   */
  resolve(reference: string): Schema {
    const known = this.#named.get(reference) ?? this.#named.get(absolute(reference, BASE));
    if (known !== undefined) return known;
    const [document = '', pointer = ''] = absolute(reference, BASE).split('#', 2);
    const start = document === BASE ? this.root : this.#named.get(document);
    return start === undefined ? true : (follow(start, pointer) ?? true);
  }

  /** Notes every `$id`, `$anchor` and their older and dynamic forms. */
  private index(node: Value | Schema, base: string): void {
    if (Array.isArray(node)) {
      for (const item of node) this.index(item, base);
    }
    if (!(node instanceof Map)) return;
    const id = node.get(this.draft === 4 ? 'id' : '$id');
    const own = typeof id === 'string' ? absolute(id, base) : base;
    if (typeof id === 'string') this.#named.set(own.replace(/#$/, ''), node);
    for (const keyword of ['$anchor', '$dynamicAnchor']) {
      const anchor = node.get(keyword);
      if (typeof anchor === 'string') this.#named.set(`${own.split('#', 1)[0]}#${anchor}`, node);
    }
    for (const [keyword, value] of node) {
      if (keyword !== 'enum' && keyword !== 'const') this.index(value, own);
    }
  }
}

function absolute(reference: string, base: string): string {
  return URL.canParse(reference, base) ? new URL(reference, base).href : reference;
}

/** The schema at a JSON pointer. */
function follow(start: Schema, pointer: string): Schema | undefined {
  let node: Value | undefined = start;
  for (const token of decodeURIComponent(pointer).split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(node)) node = node[Number(key)];
    else node = node instanceof Map ? node.get(key) : undefined;
  }
  return node instanceof Map || typeof node === 'boolean' ? node : undefined;
}
