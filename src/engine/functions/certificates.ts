import type { CryptoProvider, KeyKind } from '../crypto-provider.js';
import { createCertificate, readIssuer } from '../crypto/certificate.js';
import { parseIp } from '../crypto/ip.js';
import { decodePem, encodePem } from '../crypto/pem.js';
import { FunctionError } from '../errors.js';
import { sprint } from '../fmt/fmt.js';
import { fromBytes } from '../bytes.js';
import { decodeBase64 } from '../go/base64.js';
import { type CallContext, type GoFunction, GoObject, type Value, fn } from '../value.js';
import { anyArgument, intArgument, sliceItems, textArgument } from './convert.js';

const LIST = '[]interface {}';
const CERTIFICATE = 'sprig.certificate';
const DAY = 86_400n * 1_000_000_000n;

/** What the certificate functions give: `.Cert` and `.Key`, both PEM. */
export class CertificateValue extends GoObject {
  readonly type = CERTIFICATE;
  readonly kind = 'struct';

  constructor(
    readonly certificate: string,
    readonly key: string,
  ) {
    super();
  }

  override fields(): readonly (readonly [string, Value])[] {
    return [
      ['Cert', this.certificate],
      ['Key', this.key],
    ];
  }
}

function providerOf({ environment }: CallContext): CryptoProvider {
  if (environment.crypto !== undefined) return environment.crypto;
  throw new FunctionError('keys and certificates need a CryptoProvider, and this render has none');
}

/** What a key costs in steps of the budget, about by the time it takes to find its primes. */
const KEY_STEPS: Record<KeyKind, number> = {
  'rsa-2048': 200_000,
  'rsa-4096': 1_000_000,
  'dsa-2048': 1_000_000,
  'ecdsa-p256': 20_000,
  ed25519: 20_000,
};

const SIGNATURE_STEPS = 20_000;

function generateKey(kind: KeyKind, context: CallContext): string {
  const provider = providerOf(context);
  return context.budget.costly(KEY_STEPS[kind], () => provider.generateKey(kind));
}

/** Gives errors of the platform the words Sprig puts before them. */
function explain<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new FunctionError(`${what}: ${message}`, { cause: error });
  }
}

interface Wish {
  commonName: string;
  addresses: Value;
  dnsNames: Value;
  days: number;
  isAuthority: boolean;
  issuer?: CertificateValue;
  /** PEM; a new RSA key when absent. */
  key?: string;
}

function issue(wish: Wish, context: CallContext): Value {
  const provider = providerOf(context);
  if (wish.key !== undefined) checkKey(provider, wish.key, 'parsing private key');
  const issuer = wish.issuer === undefined ? undefined : issuerOf(wish.issuer, provider);
  const key = wish.key ?? generateKey('rsa-2048', context);
  const now = context.environment.now();
  const request = {
    commonName: wish.commonName,
    addresses: addressesOf(wish.addresses),
    dnsNames: dnsNamesOf(wish.dnsNames),
    notBefore: now,
    notAfter: now + DAY * BigInt(wish.days),
    serialNumber: context.environment.random(16),
    isAuthority: wish.isAuthority,
    key,
    issuer,
  };
  const bytes = context.budget.costly(SIGNATURE_STEPS, () =>
    explain('error creating certificate', () => createCertificate(request, provider)),
  );
  return new CertificateValue(
    encodePem({ type: 'CERTIFICATE', bytes }),
    key.endsWith('\n') ? key : `${key}\n`,
  );
}

function checkKey(provider: CryptoProvider, key: string, what: string): void {
  const block = decodePem(key);
  if (block === undefined) throw new FunctionError(`${what}: no PEM data in input`);
  if (block.type !== 'PRIVATE KEY' && !block.type.endsWith(' PRIVATE KEY')) {
    throw new FunctionError(`${what}: no private key data in PEM block of type ${block.type}`);
  }
  explain(what, () => provider.publicKey(key));
}

function issuerOf(
  issuer: CertificateValue,
  provider: CryptoProvider,
): { certificate: Uint8Array; key: string } {
  const block = decodePem(issuer.certificate);
  if (block === undefined) throw new FunctionError('unable to decode certificate');
  explain('error parsing certificate: decodedSignerCert.Bytes', () => readIssuer(block.bytes));
  checkKey(provider, issuer.key, 'error parsing private key');
  return { certificate: block.bytes, key: issuer.key };
}

function addressesOf(value: Value): Uint8Array[] {
  return (sliceItems(value) ?? []).map((item) => {
    if (typeof item !== 'string')
      throw new FunctionError(`error parsing ip: ${sprint([item])} is not a string`);
    const address = parseIp(item);
    if (address === undefined) throw new FunctionError(`error parsing ip: ${item}`);
    return address;
  });
}

function dnsNamesOf(value: Value): string[] {
  return (sliceItems(value) ?? []).map((item) => {
    if (typeof item === 'string') return item;
    throw new FunctionError(`error processing alternate dns name: ${sprint([item])} is not a string`);
  });
}

function buildCustom(certificate: string, key: string, context: CallContext): Value {
  const certificateText = decodeOr(certificate, 'unable to decode base64 certificate');
  const keyText = decodeOr(key, 'unable to decode base64 private key');
  const block = decodePem(certificateText);
  if (block === undefined) throw new FunctionError('unable to decode certificate');
  explain('error parsing certificate: decodedCert.Bytes', () => readIssuer(block.bytes));
  checkKey(providerOf(context), keyText, 'error parsing private key');
  return new CertificateValue(certificateText, keyText);
}

function decodeOr(text: string, problem: string): string {
  const bytes = decodeBase64(text);
  if (bytes instanceof Uint8Array) return fromBytes(bytes);
  throw new FunctionError(problem);
}

const KEY_KINDS = new Map<string, KeyKind>([
  ['', 'rsa-4096'],
  ['rsa', 'rsa-4096'],
  ['dsa', 'dsa-2048'],
  ['ecdsa', 'ecdsa-p256'],
  ['ed25519', 'ed25519'],
]);

function generatePrivateKey(type: string, context: CallContext): string {
  const kind = KEY_KINDS.get(type);
  return kind === undefined ? `Unknown type ${type}` : generateKey(kind, context);
}

const issuerArgument = (value: Value | undefined): CertificateValue =>
  value instanceof CertificateValue ? value : new CertificateValue('', '');

/** Each function twice: with a key of its own and with one given as PEM in a last argument. */
function certificateFunction(name: string, params: string[], wishOf: (args: Value[]) => Wish): GoFunction[] {
  return [
    fn(name, params, (args, context) => issue(wishOf(args), context)),
    fn(`${name}WithKey`, [...params, 'string'], (args, context) =>
      issue({ ...wishOf(args), key: textArgument(args.at(-1)) }, context),
    ),
  ];
}

export const certificateFunctions: readonly GoFunction[] = [
  fn('genPrivateKey', ['string'], ([type], context) => generatePrivateKey(textArgument(type), context)),
  fn('buildCustomCert', ['string', 'string'], ([certificate, key], context) =>
    buildCustom(textArgument(certificate), textArgument(key), context),
  ),
  ...certificateFunction('genCA', ['string', 'int'], ([name, days]) => ({
    commonName: textArgument(name),
    addresses: null,
    dnsNames: null,
    days: intArgument(days),
    isAuthority: true,
  })),
  ...certificateFunction(
    'genSelfSignedCert',
    ['string', LIST, LIST, 'int'],
    ([name, addresses, dnsNames, days]) => ({
      commonName: textArgument(name),
      addresses: anyArgument(addresses),
      dnsNames: anyArgument(dnsNames),
      days: intArgument(days),
      isAuthority: false,
    }),
  ),
  ...certificateFunction(
    'genSignedCert',
    ['string', LIST, LIST, 'int', CERTIFICATE],
    ([name, addresses, dnsNames, days, issuer]) => ({
      commonName: textArgument(name),
      addresses: anyArgument(addresses),
      dnsNames: anyArgument(dnsNames),
      days: intArgument(days),
      isAuthority: false,
      issuer: issuerArgument(issuer),
    }),
  ),
];
