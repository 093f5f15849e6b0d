/** Literals as values: Go's rules for constants whose type the context gives, or nothing gives. */
import { type GoInt, int, intOf, type ParamType, type Value } from '../value.js';
import type { BoolNode, NumberNode, StringNode } from './ast.js';
import { isIntType } from './types.js';

export type LiteralNode = BoolNode | NumberNode | StringNode;

/** A number nothing asks a type of has the type it is written in; undefined when that is too small for it. */
export function idealConstant({ number }: NumberNode): Value | undefined {
  const { text, complex, float, int: whole } = number;
  if (complex) return complex;
  const isHexInt = /^0[xX]/.test(text) && !/[pP]/.test(text);
  const looksFloat = !isHexInt && !text.startsWith("'") && /[.eEpP]/.test(text);
  if (float !== undefined && looksFloat) return float;
  return whole === undefined ? undefined : int(whole);
}

/** A literal as a value of a parameter's type; undefined when it does not fit. */
export function constantOfType(type: ParamType, node: LiteralNode): Value | undefined {
  if (node.type === 'bool') return type === 'bool' ? node.value : undefined;
  if (node.type === 'string') return type === 'string' ? node.text : undefined;
  const { float, int: whole, uint, complex } = node.number;
  if (type === 'float64' || type === 'float32') return float;
  if (type === 'complex128') return complex;
  if (!isIntType(type)) return undefined;
  const value = type.startsWith('u') ? uint : whole;
  return value === undefined ? undefined : intOf(type as GoInt['kind'], value);
}

const NAMES = new Map<ParamType, string>([
  ['bool', 'bool'],
  ['string', 'string'],
  ['float64', 'float'],
  ['float32', 'float'],
  ['complex128', 'complex'],
]);

/** What Go's message says it expected for a parameter of a basic type; undefined for other types. */
export function literalName(type: ParamType): string | undefined {
  if (!isIntType(type)) return NAMES.get(type);
  return type.startsWith('u') ? 'unsigned integer' : 'integer';
}
