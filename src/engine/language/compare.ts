/** Go's eq, ne, lt, le, gt, ge. */
import { compareStrings } from '../bytes.js';
import { FunctionError } from '../errors.js';
import { GoComplex } from '../fmt/complex.js';
import { sprintf } from '../fmt/fmt.js';
import { fn, GoInt, type GoFunction, GoObject, isUnsigned, typeOf, type Value } from '../value.js';

type BasicKind = 'bool' | 'complex' | 'int' | 'uint' | 'float' | 'string' | 'other';

function basicKind(value: Value): BasicKind {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'float';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof GoInt) return isUnsigned(value.kind) ? 'uint' : 'int';
  return value instanceof GoComplex ? 'complex' : 'other';
}

const isInteger = (kind: BasicKind): boolean => kind === 'int' || kind === 'uint';

function incompatible(a: Value, b: Value): FunctionError {
  return new FunctionError(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`);
}

function equal(a: Value, b: Value): boolean {
  const kind = basicKind(a);
  const other = basicKind(b);
  if (a instanceof GoInt && b instanceof GoInt) return a.value === b.value;
  if (kind !== other && !(isInteger(kind) && isInteger(other))) {
    if (a !== null && b !== null) throw incompatible(a, b);
    return false;
  }
  if (a instanceof GoComplex && b instanceof GoComplex) {
    return a.real === b.real && a.imaginary === b.imaginary;
  }
  return kind === 'other' ? equalOthers(a, b) : a === b;
}

function equalOthers(a: Value, b: Value): boolean {
  if (a === null || b === null) return isNil(a) === isNil(b);
  if (!sameKind(a, b)) {
    throw new FunctionError(sprintf('non-comparable types %s: %v, %s: %v', [a, typeOf(a), typeOf(b), b]));
  }
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
  if (b instanceof GoObject && b.kind !== 'slice' && b.kind !== 'map') return a === b;
  throw new FunctionError(sprintf('non-comparable type %s: %v', [b, typeOf(b)]));
}

function isNil(value: Value): boolean {
  return value === null || (typeof value === 'object' && 'isNil' in value && value.isNil === true);
}

function sameKind(a: Value, b: Value): boolean {
  if (a instanceof GoObject && b instanceof GoObject) return a.kind === b.kind;
  return Array.isArray(a) ? Array.isArray(b) : a instanceof Map && b instanceof Map;
}

function less(a: Value, b: Value): boolean {
  const kind = basicKind(a);
  const other = basicKind(b);
  if (kind === 'other' || other === 'other') throw new FunctionError('invalid type for comparison');
  if (a instanceof GoInt && b instanceof GoInt) return a.value < b.value;
  if (kind !== other) throw incompatible(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b) < 0;
  throw new FunctionError('invalid type for comparison');
}

function eq([first = null, ...others]: Value[]): boolean {
  if (others.length === 0) throw new FunctionError('missing argument for comparison');
  return others.some((other) => equal(first, other));
}

const lessOrEqual = (a: Value, b: Value): boolean => less(a, b) || equal(a, b);

function comparison(name: string, test: (a: Value, b: Value) => boolean): GoFunction {
  return fn(name, ['reflect.Value', 'reflect.Value'], ([a = null, b = null]) => test(a, b));
}

/** The comparison functions of Go's templates. */
export const COMPARISONS: readonly GoFunction[] = [
  fn('eq', ['reflect.Value', '...reflect.Value'], eq),
  comparison('ne', (a, b) => !equal(a, b)),
  comparison('lt', less),
  comparison('le', lessOrEqual),
  comparison('gt', (a, b) => !lessOrEqual(a, b)),
  comparison('ge', (a, b) => !less(a, b)),
];
