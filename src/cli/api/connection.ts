/** Which service the command line talks to, and as whom. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { BerthError, messageOf } from '../../core/errors.js';
import type { CliContext } from '../context.js';
import { ApiClient } from './api-client.js';

interface ConnectionOptions {
  server?: string;
  tokenFile?: string;
}

/** What `berth up` leaves in the data directory. */
const clientFile = z.object({ server: z.string(), tokenFile: z.string() });

/** Adds the options that say where the service is. */
export function registerConnectionOptions(program: Command): void {
  program
    .option('--server <url>', 'Berth service [$BERTH_SERVER, the one `berth up` started]')
    .option('--token-file <file>', 'file with your token [$BERTH_TOKEN_FILE, the one `berth up` made]');
}

/**
 * The client for a command. Options win over the environment, and that over the data directory.
 * Throws NoService (nothing says where it is) and InvalidTokenFile.
 */
export async function connect(context: CliContext, command: Command): Promise<ApiClient> {
  const options = command.optsWithGlobals<ConnectionOptions>();
  const { environment } = context;
  const server = options.server ?? environment['BERTH_SERVER'];
  const tokenFile = options.tokenFile ?? environment['BERTH_TOKEN_FILE'];
  const local = server && tokenFile ? undefined : await localClient(context.dataDir(command));
  const target = server ?? local?.server;
  const tokens = tokenFile ?? local?.tokenFile;
  if (target === undefined || tokens === undefined) throw noService(context.dataDir(command));
  return new ApiClient(target, await readToken(tokens));
}

async function localClient(dataDir: string): Promise<z.output<typeof clientFile> | undefined> {
  const text = await readFile(join(dataDir, 'client.json'), 'utf8').catch(() => undefined);
  const result = text === undefined ? undefined : clientFile.safeParse(JSON.parse(text));
  return result?.data;
}

async function readToken(file: string): Promise<string> {
  try {
    const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.trim());
    const first = lines.find((line) => line !== '' && !line.startsWith('#'));
    const token = first?.split(',')[0]?.trim();
    if (token) return token;
  } catch (cause) {
    throw invalidTokenFile(file, messageOf(cause), cause);
  }
  throw invalidTokenFile(file, 'it holds no token');
}

function invalidTokenFile(file: string, why: string, cause?: unknown): BerthError {
  return new BerthError('InvalidTokenFile', `The token file ${file} cannot be used: ${why}.`, {
    next: 'Name a file that holds your token with --token-file.',
    cause,
  });
}

function noService(dataDir: string): BerthError {
  return new BerthError('NoService', `No Berth service is known: there is no client.json in ${dataDir}.`, {
    next: 'Start one with `berth up`, or name one with --server and --token-file.',
    transient: true,
  });
}
