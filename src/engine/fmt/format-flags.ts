/** Flags, width and precision of one formatting verb of Go's fmt. */
export interface FormatFlags {
  minus: boolean;
  plus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  /** `%+v`. */
  plusV: boolean;
  /** `%#v`. */
  sharpV: boolean;
  width?: number;
  precision?: number;
}

/** No flags at all: what `%v` and `print` use. */
export function plainFlags(): FormatFlags {
  return { minus: false, plus: false, sharp: false, space: false, zero: false, plusV: false, sharpV: false };
}

/** Number of runes; a broken byte counts as one. */
export function runeCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Pads to the width; with zeros only on the left. */
export function pad(text: string, flags: FormatFlags, zero = flags.zero): string {
  if (!flags.width) return text;
  const missing = flags.width - runeCount(text);
  if (missing <= 0) return text;
  if (flags.minus) return text + ' '.repeat(missing);
  return (zero ? '0' : ' ').repeat(missing) + text;
}
