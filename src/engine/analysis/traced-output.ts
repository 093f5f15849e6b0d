import type { Node, Template } from '../language/ast.js';
import type { Cell } from '../language/cell.js';
import type { Output } from '../language/tracer.js';
import { type Provenance, type SecretKeys, type Site, type Span, unite } from './provenance.js';

/** An output that knows where every character of it came from. */
export class TracedOutput implements Output {
  text = '';
  readonly spans: Span[] = [];

  /** `printed` is told of every value that is written, and gives the secrets it holds. */
  constructor(private readonly printed: (cell: Cell) => SecretKeys | undefined) {}

  write(text: string, node: Node, template: Template, cell?: Cell): void {
    const start = this.text.length;
    this.text += text;
    if (text === '') return;
    const note: Provenance | undefined = cell?.note;
    const site = { template, pos: node.pos };
    if (!cell) this.pushLines(text, start, site);
    else if (note?.spans && cell.value === text) this.pushInner(note.spans, start, site, note.secrets);
    else this.spans.push({ start, end: start + text.length, site, callers: [], secrets: this.printed(cell) });
  }

  /** Plain text: a span for each line, so that each knows the line it stands on. */
  private pushLines(text: string, offset: number, { template, pos }: Site): void {
    for (let from = 0; from < text.length;) {
      const newline = text.indexOf('\n', from);
      const to = newline < 0 ? text.length : newline + 1;
      const site = { template, pos: pos + from };
      this.spans.push({ start: offset + from, end: offset + to, site, callers: [] });
      from = to;
    }
  }

  private pushInner(inner: readonly Span[], offset: number, site: Site, secrets?: SecretKeys): void {
    for (const span of inner) {
      this.spans.push({
        start: offset + span.start,
        end: offset + span.end,
        site: span.site,
        callers: [...span.callers, site],
        secrets: unite([span.secrets, secrets]),
      });
    }
  }
}
