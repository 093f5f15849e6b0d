/** Cutting a template file of several documents into files of one each, where that changes nothing. Pure. */
import { helmFunctionMap, parse, TemplateError } from '../../../engine/index.js';

export interface Piece {
  text: string;
  /** First line of it in the whole file, from 1. */
  line: number;
}

/**
 * Pieces of a template at the `---` lines that stand outside of every action, or why it cannot be cut: a variable
 * declared in one piece may be used in another, and a definition belongs to all.
 */
export function splitFile(path: string, text: string): { pieces: Piece[] } | { line: number; why: string } {
  let nodes;
  try {
    nodes = parse(path, text, helmFunctionMap).get(path)?.root.nodes ?? [];
  } catch (error) {
    const line = error instanceof TemplateError ? (error.line ?? 1) : 1;
    return { line, why: 'it cannot be parsed' };
  }
  const declaration = nodes.find((node) => node.type === 'action' && node.pipe.decl.length > 0);
  if (declaration)
    return { line: lineAt(text, declaration.pos), why: 'a variable is declared for all of the file' };
  const cuts = nodes.flatMap((node) => {
    if (node.type !== 'text') return [];
    return separatorsIn(text, text.indexOf(node.text, node.pos), node.text);
  });
  if (cuts.length === 0) return { line: 1, why: 'its documents lie inside of one block' };
  return { pieces: piecesAt(text, cuts) };
}

/** Offsets of lines that are `---` within a text node, as the whole text counts. */
function separatorsIn(text: string, start: number, node: string): number[] {
  return [...node.matchAll(/^---[ \t]*$/gm)]
    .map(({ index }) => start + index)
    .filter((at) => at === 0 || text[at - 1] === '\n');
}

function piecesAt(text: string, cuts: readonly number[]): Piece[] {
  const starts = [0, ...cuts];
  return starts
    .map((start, i) => ({ text: text.slice(start, cuts[i] ?? text.length), line: lineAt(text, start) }))
    .map((piece) => ({ ...piece, text: piece.text.replace(/^---[ \t]*\r?\n?/, '') }))
    .filter((piece) => piece.text.trim() !== '');
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
