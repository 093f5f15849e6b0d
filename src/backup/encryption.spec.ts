import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { decrypt, encrypt } from './encryption.js';
import { KeyRing } from './key-ring.js';

const keys = KeyRing.parse(
  `new:${randomBytes(32).toString('base64')}\nold:${randomBytes(32).toString('base64')}`,
);
const CHUNK = 256 * 1024;

async function* pieces(bytes: Buffer, size = 10_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const sealed = (clear: Buffer, context = 'demo/1') => collect(encrypt(pieces(clear), keys.current, context));
const opened = (stored: Buffer, context = 'demo/1', ring = keys) =>
  collect(decrypt(pieces(stored), ring, context));

describe('snapshots at rest', () => {
  it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17])(
    'keeps %i bytes',
    async (length) => {
      const clear = randomBytes(length);
      const stored = await sealed(clear);
      expect((await opened(stored)).equals(clear)).toBe(true);
      if (length > 32) expect(stored.includes(clear.subarray(0, 32))).toBe(false);
    },
  );

  it('refuses every cut, wherever it is', async () => {
    const stored = await sealed(randomBytes(2 * CHUNK));
    for (const length of [0, 5, 20, 40, 1000, CHUNK, CHUNK + 16 + 31, 2 * CHUNK, stored.length - 1]) {
      await expect(opened(stored.subarray(0, length))).rejects.toMatchObject({ code: 'SnapshotCorrupted' });
    }
  });

  it('refuses a changed byte, wherever it is', async () => {
    const stored = await sealed(randomBytes(CHUNK + 100));
    for (const at of [0, 20, 100, CHUNK, stored.length - 1]) {
      const changed = Buffer.from(stored);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(opened(changed)).rejects.toMatchObject({ code: 'SnapshotCorrupted' });
    }
  });

  it('refuses chunks in another order', async () => {
    const stored = await sealed(randomBytes(3 * CHUNK));
    const header = stored.length - 3 * (CHUNK + 16);
    const chunk = (i: number) => stored.subarray(header + i * (CHUNK + 16), header + (i + 1) * (CHUNK + 16));
    const swapped = Buffer.concat([stored.subarray(0, header), chunk(1), chunk(0), chunk(2)]);
    await expect(opened(swapped)).rejects.toMatchObject({ code: 'SnapshotCorrupted' });
  });

  it('refuses a snapshot that lies at the place of another one', async () => {
    const stored = await sealed(randomBytes(100), 'demo/1');
    await expect(opened(stored, 'shop/2')).rejects.toMatchObject({ code: 'SnapshotCorrupted' });
  });

  it('names the key that is missing', async () => {
    const stored = await sealed(randomBytes(100));
    const others = KeyRing.parse(`other:${randomBytes(32).toString('base64')}`);
    await expect(opened(stored, 'demo/1', others)).rejects.toMatchObject({
      code: 'BackupKeyUnknown',
      message: expect.stringContaining('"new"') as unknown,
    });
  });

  it('opens what an older key sealed', async () => {
    const clear = randomBytes(100);
    const stored = await collect(encrypt(pieces(clear), keys.find('old'), 'demo/1'));
    expect((await opened(stored)).equals(clear)).toBe(true);
  });
});

describe('KeyRing', () => {
  it.each(['', '# only a comment', 'key-1:c2hvcnQ=', 'no colon', 'a b:AAAA'])('refuses %j', (text) => {
    expect(() => KeyRing.parse(text)).toThrow(expect.objectContaining({ code: 'BackupKeyInvalid' }));
  });
});

describe('what is read', () => {
  let closed: boolean;
  beforeEach(() => {
    closed = false;
  });

  /** Tells whether somebody closed it. */
  async function* watched(bytes: Buffer): AsyncGenerator<Buffer> {
    try {
      yield* pieces(bytes);
    } finally {
      closed = true;
    }
  }

  it('is closed when the rest is not wanted', async () => {
    for await (const chunk of encrypt(watched(randomBytes(4 * CHUNK)), keys.current, 'demo/1')) {
      if (chunk.length >= CHUNK) break;
    }
    expect(closed).toBe(true);
  });

  it('is closed when it does not decrypt', async () => {
    const stored = await sealed(randomBytes(4 * CHUNK));
    stored[CHUNK] = (stored[CHUNK] ?? 0) ^ 1;
    await expect(collect(decrypt(watched(stored), keys, 'demo/1'))).rejects.toThrow();
    expect(closed).toBe(true);
    closed = false;
    await expect(collect(decrypt(watched(randomBytes(40_000)), keys, 'demo/1'))).rejects.toThrow();
    expect(closed).toBe(true);
  });
});
