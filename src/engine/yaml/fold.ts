/** What a line break and the empty lines after it become in a flow or plain scalar. */
export function foldBreaks(leadingBreak: string, trailingBreaks: string): string {
  if (!leadingBreak.startsWith('\n')) return leadingBreak + trailingBreaks;
  return trailingBreaks === '' ? ' ' : trailingBreaks;
}
