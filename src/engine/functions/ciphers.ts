import { cbc } from '@noble/ciphers/aes.js';
import { hmac } from '@noble/hashes/hmac.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeBase64 as encodeBcryptBase64, hashSync } from 'bcryptjs';
import { fromBytes, toBytes } from '../bytes.js';
import { concatBytes } from '../crypto/der.js';
import { FunctionError } from '../errors.js';
import { decodeBase64, encodeBase64 } from '../go/base64.js';
import type { CallContext } from '../value.js';

const BLOCK = 16;
const MAX_BCRYPT_PASSWORD = 72;
const BCRYPT_STEPS = 100_000;
const SCRYPT_STEPS = 200_000;

/** A bcrypt hash of cost 10; too long a password gives a text that says so. */
export function bcryptText(password: string, { environment, budget }: CallContext): string {
  if (toBytes(password).length > MAX_BCRYPT_PASSWORD) {
    return 'failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes';
  }
  const salt = encodeBcryptBase64(Array.from(environment.random(BLOCK)), BLOCK);
  return budget.costly(BCRYPT_STEPS, () => hashSync(password, `$2a$10$${salt}`));
}

/** AES-256-CBC with the password's first 32 bytes as key; the initial vector goes before the text. */
export function encryptAes(password: string, text: string, { environment, budget }: CallContext): string {
  if (text === '') return '';
  budget.grow(text.length * 2);
  const vector = environment.random(BLOCK);
  return encodeBase64(concatBytes([vector, cbc(keyOf(password), vector).encrypt(toBytes(text))]));
}

export function decryptAes(password: string, text: string): string {
  if (text === '') return '';
  const bytes = decodeBase64(text);
  if (!(bytes instanceof Uint8Array))
    throw new FunctionError(`illegal base64 data at input byte ${bytes.invalidAt}`);
  if (bytes.length < BLOCK) {
    throw new FunctionError(
      `runtime error: slice bounds out of range [:${BLOCK}] with capacity ${bytes.length}`,
    );
  }
  if (bytes.length % BLOCK !== 0) throw new FunctionError('crypto/cipher: input not full blocks');
  const cipher = cbc(keyOf(password), bytes.subarray(0, BLOCK), { disablePadding: true });
  const padded = cipher.decrypt(bytes.subarray(BLOCK));
  const padding = padded.at(-1) ?? 0;
  if (padding > padded.length) throw new FunctionError('runtime error: slice bounds out of range');
  return fromBytes(padded.subarray(0, padded.length - padding));
}

function keyOf(password: string): Uint8Array {
  const key = new Uint8Array(32);
  key.set(toBytes(password).subarray(0, 32));
  return key;
}

const SEED = 'com.lyndir.masterpassword';
const KEY_LENGTH = 64;

const PASSWORD_SHAPES = new Map<string, string[]>([
  ['maximum', ['anoxxxxxxxxxxxxxxxxx', 'axxxxxxxxxxxxxxxxxno']],
  [
    'long',
    (
      'CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv ' +
      'CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv ' +
      'CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno'
    ).split(' '),
  ],
  ['medium', ['CvcnoCvc', 'CvcCvcno']],
  ['short', ['Cvcn']],
  ['basic', ['aaanaaan', 'aannaaan', 'aaannaaa']],
  ['pin', ['nnnn']],
]);
const CHARACTERS = new Map([
  ['V', 'AEIOU'],
  ['C', 'BCDFGHJKLMNPQRSTVWXYZ'],
  ['v', 'aeiou'],
  ['c', 'bcdfghjklmnpqrstvwxyz'],
  ['A', 'AEIOUBCDFGHJKLMNPQRSTVWXYZ'],
  ['a', 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz'],
  ['n', '0123456789'],
  ['o', "@&%?,=[]_:-+*$#!'^~;()/."],
  ['x', 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()'],
]);

export interface PasswordRecipe {
  counter: number;
  type: string;
  password: string;
  user: string;
  site: string;
}

/** The password the Master Password algorithm derives (scrypt, then HMAC-SHA-256). */
export function derivePassword(
  { counter, type, password, user, site }: PasswordRecipe,
  { environment, budget }: CallContext,
): string {
  const shapes = PASSWORD_SHAPES.get(type);
  if (shapes === undefined) return `cannot find password template ${type}`;
  const salt = concatBytes([toBytes(SEED), lengthOf(user), toBytes(user)]);
  const key = budget.costly(
    SCRYPT_STEPS,
    () =>
      environment.crypto?.scrypt?.(toBytes(password), salt, KEY_LENGTH) ??
      scrypt(toBytes(password), salt, { N: 32_768, r: 8, p: 2, dkLen: KEY_LENGTH }),
  );
  const message = concatBytes([toBytes(SEED), lengthOf(site), toBytes(site), uint32(counter)]);
  const seed = hmac(sha256, key, message);
  const shape = shapes[(seed[0] ?? 0) % shapes.length] ?? '';
  return Array.from(shape, (place, i) => {
    const choice = CHARACTERS.get(place) ?? '';
    return choice.charAt((seed[i + 1] ?? 0) % choice.length);
  }).join('');
}

const lengthOf = (text: string): Uint8Array => uint32(toBytes(text).length);

function uint32(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}
