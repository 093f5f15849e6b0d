import { TemplateError } from '../errors.js';
import { compareStrings } from '../bytes.js';
import { basePath } from '../functions/paths.js';
import { trimSpace } from '../go/unicode.js';
import { jsonTypeName } from '../json/decode.js';
import type { Value } from '../value.js';
import { parseYamlWithIntegers } from '../yaml/decode.js';
import { INSTALL_ORDER, compareKinds } from './kind-order.js';
import { textOf } from './metadata.js';

/** A document of a rendered template. */
export interface Manifest {
  /** Path of the template: `chart/templates/service.yaml`. */
  source: string;
  content: string;
  head: ManifestHead;
}

/** What Helm reads of each document. */
export interface ManifestHead {
  apiVersion: string;
  kind: string;
  name: string;
  annotations: ReadonlyMap<string, string> | undefined;
}

export type HookEvent =
  | 'pre-install'
  | 'post-install'
  | 'pre-delete'
  | 'post-delete'
  | 'pre-upgrade'
  | 'post-upgrade'
  | 'pre-rollback'
  | 'post-rollback'
  | 'test';

/** A document with a `helm.sh/hook` annotation. */
export interface Hook extends Manifest {
  events: HookEvent[];
  weight: number;
  deletePolicies: string[];
  outputLogPolicies: string[];
}

const EVENTS = new Map<string, HookEvent>(
  (
    [
      'pre-install',
      'post-install',
      'pre-delete',
      'post-delete',
      'pre-upgrade',
      'post-upgrade',
      'pre-rollback',
      'post-rollback',
      'test',
    ] as const
  ).map((event) => [event, event]),
);
// The name of Helm 2.
EVENTS.set('test-success', 'test');

export interface SortedManifests {
  manifests: Manifest[];
  hooks: Hook[];
}

/**
 * Documents of rendered templates in the order Helm installs them, hooks apart. Documents of unknown hooks are
 * left out. Throws TemplateError ExecutionError for a document that is no YAML.
 */
export function sortManifests(rendered: ReadonlyMap<string, string>): SortedManifests {
  const sorted: SortedManifests = { manifests: [], hooks: [] };
  for (const source of [...rendered.keys()].sort(compareStrings)) {
    const content = rendered.get(source) ?? '';
    if (basePath(source).startsWith('_') || trimSpace(content) === '') continue;
    for (const document of splitDocuments(content)) addDocument(sorted, source, document);
  }
  sorted.manifests.sort((a, b) => compareKinds(a.head.kind, b.head.kind, INSTALL_ORDER));
  sorted.hooks.sort((a, b) => compareKinds(a.head.kind, b.head.kind, INSTALL_ORDER));
  return sorted;
}

function addDocument(sorted: SortedManifests, source: string, content: string): void {
  const head = readHead(source, content);
  const hook = head.annotations?.get('helm.sh/hook');
  if (hook === undefined) {
    sorted.manifests.push({ source, content, head });
    return;
  }
  const events = listOf(hook).map((name) => EVENTS.get(name));
  if (events.includes(undefined)) return;
  sorted.hooks.push({
    source,
    content,
    head,
    events: events.filter((event) => event !== undefined),
    weight: weightOf(head.annotations?.get('helm.sh/hook-weight')),
    deletePolicies: listOf(head.annotations?.get('helm.sh/hook-delete-policy')),
    outputLogPolicies: listOf(head.annotations?.get('helm.sh/hook-output-log-policy')),
  });
}

function listOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(',').map((item) => trimSpace(item).toLowerCase());
}

function weightOf(text: string | undefined): number {
  return text !== undefined && /^[+-]?[0-9]+$/.test(text) ? Number(text) : 0;
}

const isWhiteSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13 && code !== 11);

/**
 * Cuts a text at lines that begin with `---`, white space around them included, as Helm does: not a YAML reader,
 * so `---` inside a block scalar cuts, too.
 */
export function splitDocuments(text: string): string[] {
  const body = trimSpace(text);
  const documents: string[] = [];
  let start = 0;
  for (let at = nextSeparator(body, 0, 0); at >= 0; at = nextSeparator(body, start, start)) {
    let end = at;
    while (end > start && isWhiteSpace(body.charCodeAt(end - 1))) end--;
    documents.push(body.slice(start, end));
    start = at + 3;
    while (start < body.length && isWhiteSpace(body.charCodeAt(start))) start++;
  }
  documents.push(body.slice(start));
  return documents.filter((document) => document !== '').map(trimSpace);
}

/** The next `---` at the very beginning or after a line break that is not before `floor`; -1 when there is none. */
function nextSeparator(text: string, from: number, floor: number): number {
  for (let at = text.indexOf('---', from); at >= 0; at = text.indexOf('---', at + 1)) {
    if (at === 0 || (at > floor && text.charCodeAt(at - 1) === 10)) return at;
  }
  return -1;
}

function readHead(source: string, content: string): ManifestHead {
  try {
    return headOf(parseYamlWithIntegers(content));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new TemplateError('ExecutionError', `YAML parse error on ${source}: ${message}`, {
      cause: error,
      position: { file: source, line: 1, column: 1 },
    });
  }
}

function headOf(document: Value): ManifestHead {
  const fields = mapping(document, 'Go value of type releaseutil.SimpleHead');
  const metadata = mapping(
    fields.get('metadata') ?? null,
    'Go struct field SimpleHead.metadata of type struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }',
  );
  const annotations = metadata.get('annotations') ?? null;
  return {
    apiVersion: textField(fields.get('apiVersion'), 'SimpleHead.apiVersion'),
    kind: textField(fields.get('kind'), 'SimpleHead.kind'),
    name: textField(metadata.get('name'), '.metadata.name'),
    annotations: annotations === null ? undefined : annotationsOf(annotations),
  };
}

function mapping(value: Value, where: string): Map<string, Value> {
  if (value === null) return new Map<string, Value>();
  if (value instanceof Map) return value;
  throw mismatch(value, where);
}

function textField(value: Value | undefined, name: string): string {
  return textOf(value ?? null, () => mismatch(value ?? null, `Go struct field ${name} of type string`));
}

function annotationsOf(value: Value): Map<string, string> {
  const name = '.metadata.annotations';
  const map = mapping(value, `Go struct field ${name} of type map[string]string`);
  return new Map([...map].map(([key, item]) => [key, textField(item, name)]));
}

function mismatch(value: Value, where: string): Error {
  return new Error(
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonTypeName(value)} into ${where}`,
  );
}
