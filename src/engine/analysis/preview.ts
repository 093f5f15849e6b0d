/** What a person sees of a traced render: each output line beside the template line that wrote it, secrets marked. */
import { byteLength } from '../bytes.js';
import type { Position } from '../errors.js';
import { positionAt } from '../language/position.js';
import type { Site, Span } from './provenance.js';

/** A rendered text and what is known of its parts. */
export interface TracedText {
  text: string;
  spans: readonly Span[];
}

/** One line of the output. */
export interface PreviewLine {
  /** From 1. */
  line: number;
  text: string;
  /** The action, or the line of plain text, that wrote its first visible character; absent for an empty line. */
  from?: Position;
  /** The actions that called the template `from` lies in, innermost first. */
  callers: Position[];
}

/** Characters of the output that stem from secret keys. `end` is behind the last one. */
export interface SecretRange {
  /** Offsets in bytes of UTF-8. */
  startByte: number;
  endByte: number;
  /** Indices into the JavaScript string. */
  start: number;
  end: number;
  /** Keys of the values, dotted. */
  keys: string[];
}

/** Each line of the output with the place in a template it came from. */
export function previewLines({ text, spans }: TracedText): PreviewLine[] {
  const sorted = spans.toSorted((a, b) => a.start - b.start);
  const positions = new PositionCache();
  let next = 0;
  let start = 0;
  return text.split('\n').map((line, i) => {
    const first = start + Math.max(line.search(/\S/), 0);
    while ((sorted[next]?.end ?? Infinity) <= first) next++;
    start += line.length + 1;
    const span = sorted[next];
    const found = span && span.start <= first && line !== '' ? span : undefined;
    return {
      line: i + 1,
      text: line,
      from: found && positions.of(found.site),
      callers: (found?.callers ?? []).map((site) => positions.of(site)),
    };
  });
}

/** Many spans share a site: its line is counted once. */
class PositionCache {
  private readonly known = new Map<string, Position>();

  of({ template, pos }: Site): Position {
    const id = `${template.file}\0${pos}`;
    const position = this.known.get(id) ?? positionAt(template.file, template.source, pos);
    this.known.set(id, position);
    return position;
  }
}

/** The parts of the output that stem from secrets, in order; parts that touch are one. */
export function secretRanges({ text, spans }: TracedText): SecretRange[] {
  const ranges: { start: number; end: number; keys: Set<string> }[] = [];
  for (const { start, end, secrets } of spans.toSorted((a, b) => a.start - b.start)) {
    if (!secrets || secrets.size === 0) continue;
    const last = ranges.at(-1);
    if (last && last.end >= start) {
      last.end = Math.max(last.end, end);
      for (const key of secrets) last.keys.add(key);
    } else ranges.push({ start, end, keys: new Set(secrets) });
  }
  return withBytes(text, ranges);
}

function withBytes(
  text: string,
  ranges: readonly { start: number; end: number; keys: Set<string> }[],
): SecretRange[] {
  let index = 0;
  let bytes = 0;
  const upTo = (end: number): number => {
    bytes += byteLength(text.slice(index, end));
    index = end;
    return bytes;
  };
  return ranges.map(({ start, end, keys }) => ({
    startByte: upTo(start),
    endByte: upTo(end),
    start,
    end,
    keys: [...keys].sort(),
  }));
}
