/** Colours of what is written: on a terminal, unless NO_COLOR says no (no-color.org). Pipes and files get plain text. */
import pc from 'picocolors';

export type Colours = ReturnType<typeof pc.createColors>;

/**
 * The library's own default is not asked: it also colours pipes, where `CI` or `FORCE_COLOR` is set, and then what a
 * program reads holds escape sequences.
 */
export function coloursFor(
  { isTTY = false }: { isTTY?: boolean },
  { NO_COLOR = '' }: Readonly<Record<string, string | undefined>>,
): Colours {
  return pc.createColors(isTTY && NO_COLOR === '');
}
