import { createHash } from './hashes.js';
import { bcryptText, decryptAes, derivePassword, encryptAes } from './ciphers.js';
import { certificateFunctions } from './certificates.js';
import { type GoFunction, GoInt, fn } from '../value.js';
import { textArgument } from './convert.js';

const hash = (name: string, algorithm: 'sha1' | 'sha256' | 'sha512' | 'adler32'): GoFunction =>
  fn(name, ['string'], ([text], { budget }) => {
    budget.step(textArgument(text).length);
    return createHash(algorithm, textArgument(text));
  });

/** Sprig's cryptographic functions. Keys and certificates need the environment's CryptoProvider. */
export const cryptoFunctions: readonly GoFunction[] = [
  hash('sha1sum', 'sha1'),
  hash('sha256sum', 'sha256'),
  hash('sha512sum', 'sha512'),
  hash('adler32sum', 'adler32'),
  fn('bcrypt', ['string'], ([password], context) => bcryptText(textArgument(password), context)),
  fn('htpasswd', ['string', 'string'], ([user, password], context) => {
    const name = textArgument(user);
    if (name.includes(':')) return `invalid username: ${name}`;
    return `${name}:${bcryptText(textArgument(password), context)}`;
  }),
  fn('derivePassword', ['uint32', 'string', 'string', 'string', 'string'], ([counter, ...texts], context) => {
    const [type = '', password = '', user = '', site = ''] = texts.map(textArgument);
    const number = counter instanceof GoInt ? counter.toNumber() : 0;
    return derivePassword({ counter: number, type, password, user, site }, context);
  }),
  fn('encryptAES', ['string', 'string'], ([password, text], context) =>
    encryptAes(textArgument(password), textArgument(text), context),
  ),
  fn('decryptAES', ['string', 'string'], ([password, text]) =>
    decryptAes(textArgument(password), textArgument(text)),
  ),
  ...certificateFunctions,
];
