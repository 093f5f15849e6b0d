import { compareStrings } from '../bytes.js';
import { quote } from '../fmt/quote.js';
import { formatGeneral } from '../go/float.js';
import type { AliasNode, ScalarNode, YamlNode } from './node.js';
import { resolvePlain, resolveTagged } from './resolve.js';

/** A node as `%#v` shows what go-yaml makes of it: for messages about keys that cannot be. */
export function goSyntax(node: YamlNode): string {
  const text = write(node, new Set());
  return text === NIL ? '<nil>' : text;
}

const NIL = 'interface {}(nil)';

function write(node: YamlNode, open: Set<AliasNode>): string {
  if (node.kind === 'scalar') return writeScalar(node);
  if (node.kind === 'alias') return open.has(node) ? '...' : write(node.target, new Set([...open, node]));
  if (node.kind === 'sequence') {
    return `[]interface {}{${node.items.map((item) => write(item, open)).join(', ')}}`;
  }
  const entries = node.entries.map(([key, value]) => `${write(key, open)}:${write(value, open)}`);
  return `map[interface {}]interface {}{${entries.sort(compareStrings).join(', ')}}`;
}

function writeScalar(node: ScalarNode): string {
  const plain = node.tag === '' && !node.implicit;
  const { type, value } = plain
    ? { type: 'str', value: node.value }
    : node.tag === ''
      ? resolvePlain(node.value)
      : resolveTagged(node.tag, node.value);
  if (value === null) return NIL;
  if (typeof value === 'string') return quote(value);
  return type === 'float' ? formatGeneral(Number(value)) : String(value);
}
