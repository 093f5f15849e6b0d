/** Go's rules about which value fits which parameter. */
import { GoList, GoMap, GoObject, nilList, type ParamType, typeOf, type Value } from '../value.js';

const ANYTHING = new Set<ParamType>(['interface {}', 'reflect.Value']);
const INT_TYPES = /^(?:u?int(?:8|16|32|64)?|uintptr)$/;

export const takesAnything = (type: ParamType): boolean => ANYTHING.has(type);
export const isIntType = (type: ParamType): boolean => INT_TYPES.test(type);

/** True when nil can be passed for a parameter of this type. */
export function canBeNil(type: ParamType): boolean {
  return ANYTHING.has(type) || type === 'error' || /^(?:\*|\[\]|map\[|func\()/.test(type);
}

/** The zero value of a type that can be nil. */
export function nilOf(type: ParamType): Value {
  if (type.startsWith('[]')) return nilList(type);
  if (!type.startsWith('map[')) return null;
  const map = new GoMap(type, undefined, type.endsWith(']string') ? '' : null);
  map.isNil = true;
  return map;
}

/** True when a value may be passed as it is for a parameter of this type. */
export function isAssignable(value: Value, type: ParamType): boolean {
  if (ANYTHING.has(type)) return true;
  const own = typeOf(value);
  // Pointers are followed once, as Go's templates do.
  if (own === type || own === `*${type}`) return true;
  if (type === 'map[string]interface {}') return value instanceof Map && isAnyMap(value);
  return type === 'error' && value instanceof GoObject && value.isError;
}

/** A named map type such as chartutil.Values is assignable to its underlying type. */
function isAnyMap(map: Map<string, Value>): boolean {
  return !(map instanceof GoMap) || (map.zero === null && !map.goType.startsWith('map['));
}

/** True when Go holds the elements of this container in `interface {}` variables. */
export function hasBoxedElements(container: Value): boolean {
  if (container instanceof GoList) return container.goType === '[]interface {}';
  return container instanceof GoMap ? container.zero === null : !(container instanceof GoObject);
}
