import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type Clock, systemClock } from '../core/clock.js';
import { BerthError, messageOf } from '../core/errors.js';
import { type Identity, OPERATORS } from './identity.js';

interface Credential {
  digest: Buffer;
  identity: Identity;
}

const DEFAULT_USER = 'admin';
/** Shorter tokens could be guessed over the network. */
const LEAST_LENGTH = 16;
const RECHECK_MS = 1000;

const digest = (token: string) => createHash('sha256').update(token).digest();

/**
 * The credentials of a token file: one `token[,user[,group...]]` a line, `#` begins a comment line.
 * Throws InvalidTokenFile that names the line, never its text.
 */
export function parseTokenFile(text: string): Credential[] {
  const lines = text.split('\n').map((line) => line.trim());
  const credentials = lines.flatMap((line, index) =>
    line === '' || line.startsWith('#') ? [] : [parseLine(line, index + 1)],
  );
  if (credentials.length === 0) throw invalidTokenFile('it holds no token');
  return credentials;
}

function parseLine(line: string, number: number): Credential {
  const [token = '', user = '', ...groups] = line.split(',').map((field) => field.trim());
  if (token.length < LEAST_LENGTH) {
    throw invalidTokenFile(`the token in line ${number} is shorter than ${LEAST_LENGTH} characters`);
  }
  return {
    digest: digest(token),
    identity: { name: user || DEFAULT_USER, groups: [OPERATORS, ...groups.filter(Boolean)] },
  };
}

function invalidTokenFile(why: string, cause?: unknown): BerthError {
  return new BerthError('InvalidTokenFile', `The token file cannot be used: ${why}.`, {
    next: 'Write one token a line, at least 16 characters each, and name the file in BERTH_TOKEN_FILE.',
    cause,
  });
}

/** The bearer tokens of a file. A changed file counts within a second, so that a token can be taken away. */
export class TokenFile {
  #credentials: Credential[] = [];
  #version = '';
  #checkedAt = -Infinity;

  constructor(
    private readonly path: string,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Reads the file. Throws InvalidTokenFile. */
  async load(): Promise<void> {
    this.#checkedAt = this.clock.monotonic();
    try {
      const { mtimeMs, size, ino } = await stat(this.path);
      const version = `${mtimeMs} ${size} ${ino}`;
      if (version === this.#version) return;
      this.#credentials = parseTokenFile(await readFile(this.path, 'utf8'));
      this.#version = version;
    } catch (error) {
      // A file that is gone or broken takes all tokens away: the safe side.
      this.#credentials = [];
      this.#version = '';
      throw error instanceof BerthError ? error : invalidTokenFile(messageOf(error), error);
    }
  }

  /** Whose token it is. Compares with every token in constant time; undefined when it is nobody's. */
  async identify(token: string): Promise<Identity | undefined> {
    // A broken file was reported when it was loaded; here it means that nobody is known.
    if (this.clock.monotonic() - this.#checkedAt > RECHECK_MS) await this.load().catch(() => undefined);
    const presented = digest(token);
    const matching = this.#credentials.map((known) => timingSafeEqual(known.digest, presented));
    return this.#credentials[matching.indexOf(true)]?.identity;
  }
}
