import { Cursor } from './cursor.js';
import { Mark, scannerError } from './error.js';

/** Longest distance between the start of a key without `?` and its `:`. */
const MAX_KEY_LENGTH = 1024;

/** A place where a key without `?` may have begun. */
export interface SimpleKey {
  /** Nothing but a key can stand there. */
  required: boolean;
  tokenNumber: number;
  mark: Mark;
}

/** The possible simple keys of a scanner: at most one for the block and one for each open flow collection. */
export class SimpleKeys {
  readonly #levels: (SimpleKey | undefined)[] = [undefined];

  save(key: SimpleKey, cursor: Cursor): void {
    this.remove(cursor);
    this.#levels[this.#levels.length - 1] = key;
  }

  /** Gives the present level's key up; it is an error when one was required. */
  remove(cursor: Cursor): void {
    const key = this.#levels.at(-1);
    if (key?.required) throw missingColon(key, cursor);
    this.#levels[this.#levels.length - 1] = undefined;
  }

  /** The present level's key when a `:` here can still belong to it; it is taken off. */
  take(cursor: Cursor): SimpleKey | undefined {
    const key = this.valid(this.#levels.length - 1, cursor);
    this.#levels[this.#levels.length - 1] = undefined;
    return key;
  }

  open(): void {
    this.#levels.push(undefined);
  }

  close(): void {
    this.#levels.pop();
  }

  /** A key may begin at the token of this number: a KEY token may have to be put before it. */
  mayStartAt(tokenNumber: number, cursor: Cursor): boolean {
    for (let level = this.#levels.length - 1; level >= 0; level--) {
      if (this.#levels[level]?.tokenNumber === tokenNumber) return this.valid(level, cursor) !== undefined;
    }
    return false;
  }

  private valid(level: number, cursor: Cursor): SimpleKey | undefined {
    const key = this.#levels[level];
    if (key === undefined) return undefined;
    if (key.mark.line >= cursor.line && key.mark.index + MAX_KEY_LENGTH >= cursor.index) return key;
    if (key.required) throw missingColon(key, cursor);
    this.#levels[level] = undefined;
    return undefined;
  }
}

function missingColon(key: SimpleKey, cursor: Cursor): Error {
  return scannerError("could not find expected ':'", cursor.mark(), key.mark);
}
