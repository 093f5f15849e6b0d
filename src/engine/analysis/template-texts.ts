/** Texts of the values that `tpl` may run: with them known, a bound of reads need not be everything. */
import type { CommandNode, Operand } from '../language/ast.js';
import type { Value } from '../value.js';
import type { KeyPath } from './read-set.js';
import { ANY_KEY, type Shape } from './shape.js';

const DELIMITER = '{{';
/** Functions that keep texts apart: what they give holds `{{` only where one of their arguments does. */
const KEEPING = new Set(
  (
    'toYaml toJson toString default required ternary index get dig coalesce trim trimSuffix trimPrefix ' +
    'indent nindent quote squote first last typeIs kindIs'
  ).split(' '),
);

/**
 * Parts of the data a text is made of; undefined when it may be made of more than these.
 *
 * @param leaf the shape of an operand that is no call and no literal
 */
export function textSources(node: Operand, leaf: (node: Operand) => Shape): readonly KeyPath[] | undefined {
  if (node.type === 'string') return node.text.includes(DELIMITER) ? undefined : [];
  if (node.type === 'number' || node.type === 'bool' || node.type === 'nil') return [];
  if (node.type === 'pipe') return gather(node.cmds.flatMap(operandsOf), leaf);
  if (node.type === 'identifier' || node.type === 'chain') return undefined;
  const { paths, maps, items } = leaf(node);
  return paths.length === 0 || maps.length > 0 || items.length > 0 ? undefined : paths;
}

/** What a command makes its text of: its arguments, or itself when it is no call. Undefined for other calls. */
function operandsOf({ args }: CommandNode): (Operand | undefined)[] {
  const [first, ...rest] = args;
  if (first?.type !== 'identifier') return rest.length === 0 ? [first] : [undefined];
  return KEEPING.has(first.name) ? rest : [undefined];
}

function gather(
  operands: readonly (Operand | undefined)[],
  leaf: (node: Operand) => Shape,
): readonly KeyPath[] | undefined {
  const all: KeyPath[] = [];
  for (const operand of operands) {
    const found = operand && textSources(operand, leaf);
    if (!found) return undefined;
    all.push(...found);
  }
  return all;
}

/** Texts that hold actions, at `path` of the values and below. */
export function templatesAt(value: Value | undefined, [key, ...rest]: KeyPath): string[] {
  if (key === undefined) return templatesIn(value);
  const children = childrenOf(value);
  const chosen = key === ANY_KEY ? children : children.filter(([name]) => name === key);
  return chosen.flatMap(([, child]) => templatesAt(child, rest));
}

function templatesIn(value: Value | undefined): string[] {
  if (typeof value === 'string') return value.includes(DELIMITER) ? [value] : [];
  return childrenOf(value).flatMap(([name, child]) => templatesIn(name).concat(templatesIn(child)));
}

function childrenOf(value: Value | undefined): [string, Value][] {
  if (value instanceof Map) return [...value];
  return Array.isArray(value) ? value.map((item, i) => [String(i), item]) : [];
}
