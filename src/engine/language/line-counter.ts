/** Tells lines of positions that mostly go forward, in one pass over the text. */
export class LineCounter {
  private line = 1;
  /** Where the line starts and where it ends. */
  private start = 0;
  private end: number;

  constructor(private readonly text: string) {
    this.end = this.breakFrom(0);
  }

  /** The line of an index of the text, from 1. */
  at(index: number): number {
    if (index < this.start) this.move(0, 1);
    while (index > this.end) this.move(this.end + 1, this.line + 1);
    return this.line;
  }

  private move(start: number, line: number): void {
    this.line = line;
    this.start = start;
    this.end = this.breakFrom(start);
  }

  private breakFrom(index: number): number {
    const found = this.text.indexOf('\n', index);
    return found < 0 ? this.text.length : found;
  }
}
