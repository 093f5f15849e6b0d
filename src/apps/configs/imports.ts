/** Keys from .env, JSON, YAML and properties files. Pure. */
import { messageOf } from '../../core/errors.js';
import { parseYaml, toPlain } from '../../engine/index.js';
import { refuseProblems } from '../problems.js';
import type { KeyInput } from './keys.js';
import { nameOf } from './values.js';

export type ImportFormat = 'env' | 'json' | 'yaml' | 'properties';

/** @throws BerthError `ImportInvalid` (422) with the lines that cannot be read */
export function importKeys(format: ImportFormat, text: string): KeyInput[] {
  const withoutMark = text.replace(/^\uFEFF/, '');
  switch (format) {
    case 'env':
      return readEnv(withoutMark);
    case 'properties':
      return readProperties(withoutMark);
    case 'json':
    case 'yaml':
      return flatten(parsed(format, withoutMark));
  }
}

/** The keys that nested values stand for. Empty maps, and maps whose names are no names of keys, stay whole. */
export function flatten(values: Readonly<Record<string, unknown>>): KeyInput[] {
  return flattenAt([], values);
}

const NAME = /^[A-Za-z0-9_/@:+~.-]+$/;

function flattenAt(path: readonly string[], values: Readonly<Record<string, unknown>>): KeyInput[] {
  return Object.entries(values).flatMap(([key, value]): KeyInput[] => {
    const at = [...path, key];
    if (value === null || value === undefined) return [];
    if (isMap(value) && isOpen(value)) return flattenAt(at, value);
    return [{ name: nameOf(at), value }];
  });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOpen(map: Record<string, unknown>): boolean {
  const names = Object.keys(map);
  return (
    names.length > 0 && names.every((name) => NAME.test(name)) && !names.some((name) => map[name] === null)
  );
}

function parsed(format: 'json' | 'yaml', text: string): Record<string, unknown> {
  const line = (message: string) => /line (\d+)/.exec(message)?.[1] ?? '1';
  try {
    const values: unknown = format === 'json' ? JSON.parse(text) : toPlain(parseYaml(text));
    if (isMap(values)) return values;
    refuse(1, 'is no map of keys and values');
  } catch (error) {
    const message = messageOf(error);
    refuse(Number(line(message)), message);
  }
  return {};
}

function refuse(line: number, message: string): never {
  refuseProblems('ImportInvalid', [{ path: `line ${line}`, message, code: 'Unreadable' }]);
  throw new Error('a problem was refused');
}

/**
 * `KEY=value`, `export KEY=value`; "…" with escapes and over several lines, '…' as it is, # begins a comment (the
 * rules that docker compose, dotenv and direnv share).
 */
function readEnv(text: string): KeyInput[] {
  const keys = logicalLines(text).flatMap(({ line, number }): KeyInput[] => {
    if (line === '' || line.startsWith('#')) return [];
    const [, name, raw] = /^(?:export\s+)?([\w./-]+)\s*=\s*([^]*)$/.exec(line) ?? [];
    if (name === undefined || raw === undefined) return refuse(number, 'is not KEY=value');
    const value = envValue(raw);
    return value === undefined ? refuse(number, 'a quote is not closed') : [{ name, value }];
  });
  return lastOnes(keys);
}

/** Lines, where one that opens a quote goes on until the quote is closed. */
function logicalLines(text: string): { line: string; number: number }[] {
  const found: { line: string; number: number }[] = [];
  let isOpenQuote = false;
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const last = found.at(-1);
    if (isOpenQuote && last) last.line += `\n${raw}`;
    else found.push({ line: raw.trim(), number: i + 1 });
    const line = found.at(-1)?.line ?? '';
    const [start, quote] = /^(?:export\s+)?[\w./-]+\s*=\s*(["'])/.exec(line) ?? [];
    isOpenQuote = start !== undefined && !closed(line, start.length, quote ?? '');
  }
  return found;
}

function closed(line: string, from: number, quote: string): boolean {
  for (let at = from; at < line.length; at++) {
    if (quote === '"' && line[at] === '\\') at++;
    else if (line[at] === quote) return true;
  }
  return false;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function envValue(text: string): string | undefined {
  const quote = text[0];
  if (quote !== '"' && quote !== "'") return text.replace(/(^|\s+)#.*$/, '').trim();
  const pattern = quote === '"' ? /^"((?:[^"\\]|\\[^])*)"\s*(?:#.*)?$/ : /^'([^']*)'\s*(?:#.*)?$/;
  const inner = pattern.exec(text)?.[1];
  if (inner === undefined || quote === "'") return inner;
  return inner.replace(/\\([^])/g, (_, char: string) => ESCAPES[char] ?? char);
}

/** java.util.Properties: `key=value`, `key: value`, `key value`, continued lines, \uXXXX. */
function readProperties(text: string): KeyInput[] {
  const logical = text.replace(/(?<!\\)((?:\\\\)*)\\\r?\n[ \t\f]*/g, '$1');
  const keys = logical.split(/\r?\n/).flatMap((raw): KeyInput[] => {
    const line = raw.trimStart();
    if (line === '' || /^[#!]/.test(line)) return [];
    const [, key = '', value = ''] = /^((?:\\.|[^\s=:\\])*)(?:\s*[=:]\s*|\s+)?([^]*)$/.exec(line) ?? [];
    return [{ name: unescaped(key), value: unescaped(value) }];
  });
  return lastOnes(keys);
}

function unescaped(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|([^]))/g,
    (_, code: string | undefined, char: string | undefined) =>
      code === undefined
        ? (ESCAPES[char ?? ''] ?? char ?? '')
        : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** Of keys given twice the last one counts, as in every reader of these files. */
function lastOnes(keys: readonly KeyInput[]): KeyInput[] {
  return [...new Map(keys.map((key) => [key.name, key])).values()];
}
