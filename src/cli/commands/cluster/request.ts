/** What a person asks of a cluster, from a file and from options. */
import { InvalidArgumentError } from 'commander';
import { usageError } from '../../exit-codes.js';
import { readObjects } from '../../yaml-file.js';

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
  const wanted = 'one cluster';
  const [content, ...more] = await readObjects(file, wanted);
  if (more.length > 0)
    throw usageError(`${file} holds ${more.length + 1} objects.`, `Name a file with ${wanted}.`);
  return { ...EMPTY_REQUEST, ...content };
}

/** For an option that is repeated: `key=value` more. */
export function collectLabel(pair: string, labels: Record<string, string>): Record<string, string> {
  const [key, value, ...rest] = pair.split('=');
  if (!key || value === undefined || rest.length > 0)
    throw new InvalidArgumentError('Write a label as key=value.');
  return { ...labels, [key]: value };
}
