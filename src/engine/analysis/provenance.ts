/** Where the characters of a text came from, and how that survives the functions a text goes through. */
import type { Template } from '../language/ast.js';

/** A place in a template: index `pos` of its text. */
export interface Site {
  template: Template;
  pos: number;
}

/** Keys of the values marked secret, in dotted form. */
export type SecretKeys = ReadonlySet<string>;

/** Characters `start` up to `end` of a text. */
export interface Span {
  start: number;
  end: number;
  /** What wrote them. */
  site: Site;
  /** The actions that called the template `site` lies in, innermost first. */
  callers: readonly Site[];
  /** Secret keys they stem from. */
  secrets?: SecretKeys;
}

/** The note of a value: secrets it stems from as a whole, and for texts what is known of their parts. */
export interface Provenance {
  secrets?: SecretKeys;
  spans?: readonly Span[];
}

const NONE: SecretKeys = new Set();

/** All secrets of some sets; undefined when there is none. */
export function unite(sets: Iterable<SecretKeys | undefined>): SecretKeys | undefined {
  let all = NONE;
  for (const set of sets) {
    if (!set || set === all || set.size === 0) continue;
    all = all.size === 0 ? set : new Set([...all, ...set]);
  }
  return all.size === 0 ? undefined : all;
}

/** Every secret of a note, of the whole or of a part. */
export function secretsOf(note: Provenance | undefined): SecretKeys | undefined {
  if (!note) return undefined;
  return note.spans ? unite([note.secrets, ...note.spans.map((span) => span.secrets)]) : note.secrets;
}

const moved = (span: Span, start: number, end: number): Span => ({ ...span, start, end });

const mapped = (spans: readonly Span[], place: (index: number) => number): Span[] =>
  spans.map((span) => moved(span, place(span.start), place(span.end)));

/** Spans of `text` after `indent width` (`nindent` when `newline`): blanks go in at every line start. */
export function indentSpans(spans: readonly Span[], text: string, width: number, newline: boolean): Span[] {
  const lines: number[] = [];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lines.push(i);
  const before = (index: number): number => {
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lines[middle] ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const lead = width + (newline ? 1 : 0);
  return mapped(spans, (index) => index + lead + width * before(index));
}

/** Spans of the part `from` to `to` of a text. */
export function sliceSpans(spans: readonly Span[], from: number, to: number): Span[] {
  const inside = spans.filter((span) => span.start < to && span.end > from);
  return inside.map((span) => moved(span, Math.max(span.start, from) - from, Math.min(span.end, to) - from));
}

/** Spans of a text after every `cut` in it was taken out. */
export function removeSpans(spans: readonly Span[], text: string, cut: string): Span[] {
  const cuts: number[] = [];
  for (let i = text.indexOf(cut); i >= 0; i = text.indexOf(cut, i + cut.length)) cuts.push(i);
  if (cuts.length === 0) return [...spans];
  const place = (index: number): number => {
    let out = index;
    for (const at of cuts) {
      if (at >= index) break;
      out -= Math.min(cut.length, index - at);
    }
    return out;
  };
  return mapped(spans, place).filter((span) => span.start < span.end);
}
