/** Keys and certificates of templates, read back by OpenSSL and used in a TLS handshake. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import type { Environment } from '../environment.js';
import { RenderBudget } from '../language/budget.js';
import { Evaluator } from '../language/evaluator.js';
import { TemplateSet } from '../language/template-set.js';
import { nodeEnvironment } from '../node/node-environment.js';
import { fromPlain } from '../value.js';
import { helmFunctionMap } from './index.js';

const MINUTE_MS = 60_000;

function render(
  template: string,
  values: unknown = {},
  environment: Environment = nodeEnvironment(),
): string {
  const set = new TemplateSet(helmFunctionMap);
  set.add('t', template);
  const evaluator = new Evaluator(set, { environment, budget: new RenderBudget() });
  return evaluator.execute('t', fromPlain(values)).text;
}

const PEM = /-----BEGIN [^-]+-----[^-]+-----END [^-]+-----\n/g;

/** The certificates and keys a template prints, in their order. */
const pems = (template: string, values?: unknown): string[] => render(template, values).match(PEM) ?? [];

interface Pair {
  certificate: X509Certificate;
  key: KeyObject;
}

function pairs(template: string, values?: unknown): Pair[] {
  const found = pems(template, values);
  return Array.from({ length: found.length / 2 }, (_, i) => ({
    certificate: new X509Certificate(found[2 * i] ?? ''),
    key: createPrivateKey(found[2 * i + 1] ?? ''),
  }));
}

const SHOW = '{{ .Cert }}{{ .Key }}';
const CHAIN =
  '{{ $ca := genCA "the-ca" 365 }}{{ with $ca }}' +
  SHOW +
  '{{ end }}{{ with genSignedCert "server" (list "127.0.0.1" "::1") (list "localhost" "a.example.com") 30 $ca }}' +
  SHOW +
  '{{ end }}';

function daysOf(certificate: X509Certificate): number {
  return (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / (24 * 60 * MINUTE_MS);
}

describe('certificates of templates', () => {
  it('genCA gives an authority that signed itself, with its key', () => {
    const [{ certificate, key } = fail()] = pairs(`{{ with genCA "the-ca" 365 }}${SHOW}{{ end }}`);
    expect(certificate).toMatchObject({ subject: 'CN=the-ca', issuer: 'CN=the-ca', ca: true });
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(daysOf(certificate)).toBe(365);
    expect(Math.abs(certificate.validFromDate.getTime() - Date.now())).toBeLessThan(MINUTE_MS);
  });

  it('genSignedCert chains to its authority and carries names and addresses', () => {
    const [ca = fail(), leaf = fail()] = pairs(CHAIN);
    expect(leaf.certificate).toMatchObject({ subject: 'CN=server', issuer: 'CN=the-ca', ca: false });
    expect(leaf.certificate.checkIssued(ca.certificate)).toBe(true);
    expect(leaf.certificate.verify(ca.certificate.publicKey)).toBe(true);
    expect(leaf.certificate.checkPrivateKey(leaf.key)).toBe(true);
    expect(leaf.certificate.subjectAltName).toBe(
      'DNS:localhost, DNS:a.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    // serverAuth and clientAuth
    expect(leaf.certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(daysOf(leaf.certificate)).toBe(30);
    expect(leaf.certificate.serialNumber).not.toBe(ca.certificate.serialNumber);
  });

  it('genSelfSignedCert needs no authority', () => {
    const template = `{{ with genSelfSignedCert "x.example.com" nil (list "x.example.com") 10 }}${SHOW}{{ end }}`;
    const [{ certificate, key } = fail()] = pairs(template);
    expect(certificate).toMatchObject({ issuer: 'CN=x.example.com', ca: false });
    expect(certificate.checkHost('x.example.com')).toBe('x.example.com');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(key)).toBe(true);
  });

  it('a TLS client that trusts the authority talks to the server', async () => {
    const [ca = '', , cert = '', key = ''] = pems(CHAIN);
    const server = createServer({ cert, key }, (socket: TLSSocket) => socket.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const client = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' });
    const [data] = (await once(client, 'data')) as [Buffer];
    expect(data.toString()).toBe('hello');
    expect(client.authorized).toBe(true);
    client.destroy();
    server.close();
  });
});

describe('private keys of templates', () => {
  it.each([
    ['rsa', 'rsa', 'RSA PRIVATE KEY'],
    ['ecdsa', 'ec', 'EC PRIVATE KEY'],
    ['ed25519', 'ed25519', 'PRIVATE KEY'],
  ])('genPrivateKey %s', (type, kind, label) => {
    const [key = ''] = pems(`{{ genPrivateKey "${type}" }}`);
    expect(createPrivateKey(key).asymmetricKeyType).toBe(kind);
    expect(key).toContain(`-----BEGIN ${label}-----`);
  });

  it.each(['ecdsa', 'ed25519'])('certificates are made of a given %s key', (type) => {
    const [key = ''] = pems(`{{ genPrivateKey "${type}" }}`);
    const template =
      `{{ $ca := genCAWithKey "ca" 1 .key }}{{ with $ca }}${SHOW}{{ end }}` +
      `{{ with genSignedCertWithKey "leaf" nil nil 1 $ca .key }}${SHOW}{{ end }}` +
      `{{ with genSelfSignedCertWithKey "self" nil nil 1 .key }}${SHOW}{{ end }}`;
    const all = pairs(template, { key });
    const [ca = fail(), leaf = fail()] = all;
    expect(all.map(({ certificate }) => certificate.subject)).toEqual(['CN=ca', 'CN=leaf', 'CN=self']);
    for (const { certificate } of all) expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(leaf.certificate.verify(ca.certificate.publicKey)).toBe(true);
  });

  it('buildCustomCert takes an authority from elsewhere to sign with', () => {
    const [cert = '', key = ''] = pems(`{{ with genCA "elsewhere" 9 }}${SHOW}{{ end }}`);
    const template =
      '{{ $ca := buildCustomCert (.cert | b64enc) (.key | b64enc) }}' +
      `{{ with genSignedCert "leaf" nil nil 1 $ca }}${SHOW}{{ end }}`;
    const [{ certificate } = fail()] = pairs(template, { cert, key });
    expect(certificate.issuer).toBe('CN=elsewhere');
    expect(certificate.verify(new X509Certificate(cert).publicKey)).toBe(true);
  });

  it('says what is missing where the caller brings no cryptography', () => {
    const environment = { ...nodeEnvironment(), crypto: undefined };
    expect(() => render('{{ genCA "a" 1 }}', {}, environment)).toThrow('need a CryptoProvider');
  });
});

describe('passwords of templates', () => {
  it('htpasswd and bcrypt give hashes of the password', () => {
    expect(render('{{ htpasswd "me" "secret" }}')).toMatch(/^me:\$2a\$10\$[./A-Za-z0-9]{53}$/);
    expect(render('{{ bcrypt "secret" }}')).toMatch(/^\$2a\$10\$[./A-Za-z0-9]{53}$/);
  });

  it('what encryptAES hides decryptAES finds', () => {
    expect(render('{{ "a secret" | encryptAES "key" | decryptAES "key" }}')).toBe('a secret');
  });
});

function fail(): never {
  throw new Error('the template printed fewer certificates');
}
