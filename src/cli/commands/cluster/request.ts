/** What a person asks of a cluster, from a file and from options. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { InvalidArgumentError } from 'commander';
import { load } from 'js-yaml';
import { messageOf } from '../../../core/errors.js';
import { usageError } from '../../exit-codes.js';

/** A request as far as the command line knows it; the service checks it. */
export interface ClusterRequest {
  metadata: { name?: string; labels?: Record<string, string>; [field: string]: unknown };
  spec: Record<string, unknown>;
}

export const EMPTY_REQUEST: ClusterRequest = { metadata: {}, spec: {} };

/** Without the fields that are undefined; undefined when none is left. */
export function given(fields: Record<string, unknown>): Record<string, unknown> | undefined {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return present.length > 0 ? Object.fromEntries(present) : undefined;
}

/** Throws a usage error unless `file`, or standard input for `-`, holds one object in YAML or JSON. */
export async function readRequest(file: string): Promise<ClusterRequest> {
  let content: unknown;
  try {
    content = load(file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'));
  } catch (error) {
    throw usageError(
      `${file} cannot be read: ${messageOf(error)}.`,
      'Name a file with one cluster in YAML or JSON.',
    );
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw usageError(`${file} holds no object.`, 'Name a file with one cluster in YAML or JSON.');
  }
  return { ...EMPTY_REQUEST, ...content };
}

/** For an option that is repeated: `key=value` more. */
export function collectLabel(pair: string, labels: Record<string, string>): Record<string, string> {
  const [key, value, ...rest] = pair.split('=');
  if (!key || value === undefined || rest.length > 0)
    throw new InvalidArgumentError('Write a label as key=value.');
  return { ...labels, [key]: value };
}
