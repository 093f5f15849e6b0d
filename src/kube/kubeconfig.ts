import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';

/** What proves who we are and who they are; PEM text. Never logged. */
export interface Credentials {
  ca?: string;
  cert?: string;
  key?: string;
  /** Such as Authorization. */
  headers: Record<string, string>;
}

/** A cluster of a kubeconfig, of https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ what Berth reads. */
interface ClusterEntry {
  server: string;
  'tls-server-name'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
}

interface UserEntry {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  exec?: object;
  'auth-provider'?: object;
}

/** One context of a kubeconfig: where it leads and as whom. Paths are absolute. */
export interface KubeconfigEntry {
  cluster: ClusterEntry;
  user: UserEntry;
}

type Named<K extends string, T> = { name: string } & Partial<Record<K, T>>;

interface Kubeconfig {
  'current-context'?: string;
  contexts?: Named<'context', { cluster: string; user?: string }>[];
  clusters?: Named<'cluster', ClusterEntry>[];
  users?: Named<'user', UserEntry>[];
}

/**
 * The context of this name, or the current one. Throws an Error that tells what is wrong.
 * @param file where the text is from: its paths are relative to that.
 */
export function kubeconfigEntry(
  text: string,
  { context: wanted, file = '' }: { context?: string; file?: string },
): KubeconfigEntry {
  const config = parse(text);
  const name = wanted ?? config['current-context'] ?? '';
  const context = named(config.contexts, name)?.context;
  const cluster = named(config.clusters, context?.cluster)?.cluster;
  if (!cluster?.server) throw new Error(`context "${name}" names no cluster`);
  const user = userOf(config, context?.user);
  const directory = dirname(file);
  return {
    cluster: withAbsolutePaths(cluster, ['certificate-authority'], directory),
    user: withAbsolutePaths(user, ['client-certificate', 'client-key', 'tokenFile'], directory),
  };
}

/** A context may do without a user: not every cluster asks who one is. */
function userOf({ users }: Kubeconfig, name: string | undefined): UserEntry {
  if (!name) return {};
  const entry = named(users, name);
  if (!entry) throw new Error(`there is no user "${name}"`);
  return entry.user ?? {};
}

/** An error tells the line and not what stands there: that may be a token. */
function parse(text: string): Kubeconfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) throw new Error(`line ${lines.linePos(error.pos[0]).line}: ${error.code}`);
  return (document.toJS() ?? {}) as Kubeconfig;
}

/** Whether it takes a program or a service to know who this is. */
export function needsPlugin({ exec, 'auth-provider': provider }: UserEntry): boolean {
  return exec !== undefined || provider !== undefined;
}

/** The credentials as they are now: files may be renewed. Of two sources the one that client-go prefers. */
export async function readCredentials({ cluster, user }: KubeconfigEntry): Promise<Credentials> {
  const [ca, cert, key, token] = await Promise.all([
    textOf(cluster['certificate-authority-data'], cluster['certificate-authority']),
    textOf(user['client-certificate-data'], user['client-certificate']),
    textOf(user['client-key-data'], user['client-key']),
    user.tokenFile ? readFile(user.tokenFile, 'utf8') : user.token,
  ]);
  return { ca, cert, key, headers: authorizationOf(user, token?.trim()) };
}

function authorizationOf({ username, password }: UserEntry, token?: string): Record<string, string> {
  if (token) return { authorization: `Bearer ${token}` };
  if (username === undefined) return {};
  const pair = Buffer.from(`${username}:${password ?? ''}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

async function textOf(base64?: string, path?: string): Promise<string | undefined> {
  if (base64) return Buffer.from(base64, 'base64').toString('utf8');
  return path ? readFile(path, 'utf8') : undefined;
}

function named<T extends { name: string }>(
  entries: T[] | undefined,
  wanted: string | undefined,
): T | undefined {
  return entries?.find(({ name }) => name === wanted);
}

function withAbsolutePaths<T extends object>(entry: T, fields: (keyof T)[], directory: string): T {
  const paths = fields.filter((field) => entry[field]);
  return {
    ...entry,
    ...Object.fromEntries(paths.map((field) => [field, resolve(directory, String(entry[field]))])),
  };
}
