import { describe, expect, it } from '@jest/globals';
import { createLogger, redactText, withLogContext } from './logging.js';

function capture() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, logger: createLogger({ level: 'debug', destination: { write } }) };
}

describe('the log', () => {
  it('is one JSON object a line, with time and level by name', () => {
    const { lines, logger } = capture();
    logger.info({ key: 'a/b' }, 'hello');
    expect(lines).toEqual([{ level: 'info', time: expect.any(String), key: 'a/b', msg: 'hello' }]);
  });

  it('carries the fields of the request or reconcile it is in, however deep', async () => {
    const { lines, logger } = capture();
    await withLogContext({ requestID: 'r1' }, async () => {
      await Promise.resolve();
      withLogContext({ key: 'k' }, () => logger.info('inside'));
    });
    logger.info('outside');
    expect(lines[0]).toMatchObject({ requestID: 'r1', key: 'k' });
    expect(lines[1]).not.toHaveProperty('requestID');
  });

  it.each([
    ['a password', { spec: { users: [{ password: 'hunter2' }] } }],
    ['a token', { bootstrapToken: 'hunter2' }],
    ['an authorization header', { headers: { authorization: 'hunter2' } }],
    ['text of a Secret', { stringData: { a: 'hunter2' } }],
    ['a key of a kubeconfig', { user: { 'client-key-data': 'hunter2' } }],
    ['a bearer token in a text', { note: 'sent Bearer hunter2hunter2' }],
    [
      'a private key in a text',
      { note: `-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----` },
    ],
    [
      'a private key in an error',
      { error: new Error('-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----') },
    ],
  ])('never shows %s', (_what, fields) => {
    const { lines, logger } = capture();
    logger.info(fields, 'something');
    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(JSON.stringify(lines)).toContain('[redacted]');
  });

  it('shows names that only sound like secrets', () => {
    const { lines, logger } = capture();
    logger.info({ key: 'a/b', secretName: 'tls', kind: 'Secret', hasToken: true }, 'fine');
    expect(lines[0]).toMatchObject({ key: 'a/b', secretName: 'tls', kind: 'Secret', hasToken: true });
  });

  it('shows the message, code and stack of errors', () => {
    const { lines, logger } = capture();
    logger.error({ error: Object.assign(new Error('broken'), { code: 'Broken' }) }, 'oops');
    expect(lines[0]?.['error']).toMatchObject({
      message: 'broken',
      code: 'Broken',
      stack: expect.any(String),
    });
  });
});

describe('redactText', () => {
  it('takes out JSON web tokens', () => {
    const header = Buffer.from('{"alg":"RS256"}').toString('base64url');
    const payload = Buffer.from('{"sub":"system:x"}').toString('base64url');
    expect(redactText(`token ${header}.${payload}.c2ln end`)).toBe('token [redacted] end');
  });
});
