import { typeOf, type Value } from '../value.js';

/**
 * Where a value came from, for a {@link Tracer}: opaque to the evaluator, which only carries it along.
 */
export type Note = object;

/**
 * A value on its way through the evaluator, Go's `reflect.Value`. `undefined` is Go's invalid value (a missing
 * argument of a template, an untyped nil), `null` a nil interface.
 */
export interface Cell {
  value: Value | undefined;
  /**
   * True when Go holds it in a variable of type `interface {}`: an element of a map or list. Seen only in
   * messages and in what a field of nil gives.
   */
  boxed: boolean;
  note?: Note;
}

export const INVALID: Cell = { value: undefined, boxed: false };

export const cellOf = (value: Value | undefined, note?: Note): Cell => ({ value, boxed: false, note });

/** What a pipeline makes of a value: the thing inside the interface. */
export function unboxed(cell: Cell): Cell {
  if (!cell.boxed) return cell;
  return { value: cell.value ?? undefined, boxed: false, note: cell.note };
}

/** Go's name of the static type, for messages. */
export function typeName({ value, boxed }: Cell): string {
  return boxed ? 'interface {}' : typeOf(value ?? null);
}
