/** One version of an instance renders the same twice: chance, time and keys come from the caller. */
import { describe, expect, it } from '@jest/globals';
import { toBytes } from './bytes.js';
import { ChartFile } from './chart/chart.js';
import { loadChart } from './chart/load.js';
import { formatManifests, renderChart } from './chart/render.js';
import type { CryptoProvider, KeyKind } from './crypto-provider.js';
import type { Environment } from './environment.js';
import { nodeLoadOptions } from './node/load-chart.js';
import { nodeCrypto } from './node/node-crypto.js';
import { rememberKeys, repeatableEnvironment, seededRandom } from './repeatable.js';

const NOW = 1_700_000_000n * 1_000_000_000n;

function render(template: string, environment: Environment): string {
  const files = [
    ['Chart.yaml', 'apiVersion: v2\nname: demo\nversion: 1.0.0\n'],
    ['templates/all.yaml', template],
  ].map(([name = '', text = '']) => new ChartFile(name, toBytes(text)));
  const release = { name: 'rel', namespace: 'ns' };
  return formatManifests(renderChart(loadChart(files, nodeLoadOptions), { release, environment }));
}

const RANDOM = [
  'randAlpha 12',
  'randAlphaNum 12',
  'randNumeric 12',
  'randAscii 12 | toJson',
  'randBytes 12',
  'randInt 0 1000000',
  'shuffle "abcdefghijklmnop"',
  'uuidv4',
  'bcrypt "x"',
  'htpasswd "u" "p"',
  'encryptAES "k" "text"',
];

const all = RANDOM.map((call, i) => `k${i}: {{ ${call} }}\n`).join('');
const seeded = (seed: string): Environment => repeatableEnvironment({ seed, now: NOW });

describe('a repeatable environment', () => {
  it('gives the same random texts for the same seed', () => {
    expect(render(all, seeded('one'))).toBe(render(all, seeded('one')));
  });

  it.each(RANDOM)('another seed gives another %s', (call) => {
    const template = `a: {{ ${call} }}`;
    expect(render(template, seeded('one'))).not.toBe(render(template, seeded('two')));
  });

  it('gives no text twice in one render', () => {
    const text = render('a:\n{{ range 100 }}- {{ randAlphaNum 16 }}\n{{ end }}', seeded('one'));
    const texts = text.match(/(?<=- )\w{16}/g) ?? [];
    expect(new Set(texts).size).toBe(100);
  });

  it('tells the time it was given', () => {
    const template =
      'a: {{ now | unixEpoch }} {{ dateInZone "2006-01-02T15:04:05Z" now "UTC" }} {{ ago now }} {{ date "2006" now }}';
    expect(render(template, seeded('one'))).toContain('1700000000 2023-11-14T22:13:20Z 0s 2023');
  });

  it('asks the lookup it was given', () => {
    const environment = repeatableEnvironment({
      seed: 'one',
      now: NOW,
      lookup: (apiVersion, kind, namespace, name) =>
        new Map([['found', [apiVersion, kind, namespace, name].join('/')]]),
    });
    expect(render('a: {{ (lookup "v1" "Secret" "ns" "s").found }}', environment)).toContain(
      'a: v1/Secret/ns/s',
    );
    expect(render('a: {{ lookup "v1" "Secret" "ns" "s" }}', seeded('one'))).toContain('a: map[]');
  });

  it('makes the same certificates again from the keys it remembered', () => {
    const template =
      'a: {{ $ca := genCA "ca" 9 }}{{ $c := genSignedCert "leaf" nil (list "x") 9 $ca }}' +
      '{{ list $ca.Cert $ca.Key $c.Cert $c.Key | toJson }}';
    const keys: string[] = [];
    const environment = (): Environment =>
      repeatableEnvironment({ seed: 'one', now: NOW, crypto: nodeCrypto, keys });
    const first = render(template, environment());
    expect(keys).toHaveLength(2);
    expect(render(template, environment())).toBe(first);
    expect(keys).toHaveLength(2);
  });

  it('keeps the keys of a render when a later version asks for more', () => {
    const keys: string[] = [];
    const environment = (): Environment =>
      repeatableEnvironment({ seed: 'one', now: NOW, crypto: nodeCrypto, keys });
    const one = 'a: {{ genPrivateKey "ecdsa" | toJson }}\n';
    const first = render(one, environment());
    const both = render(`${one}b: {{ genPrivateKey "ecdsa" | toJson }}\n`, environment());
    expect(both.startsWith(first.trimEnd())).toBe(true);
    expect(keys).toHaveLength(2);
    expect(keys[0]).not.toBe(keys[1]);
  });
});

describe('seededRandom', () => {
  it('is one stream, however it is cut', () => {
    const whole = seededRandom('s')(100);
    const cut = seededRandom('s');
    const parts = [1, 31, 0, 33, 35].flatMap((length) => [...cut(length)]);
    expect(parts).toEqual([...whole]);
  });
});

describe('rememberKeys', () => {
  it('gives known keys first and notes new ones', () => {
    let made = 0;
    const provider: CryptoProvider = { ...nodeCrypto, generateKey: (kind: KeyKind) => `${kind}-${++made}` };
    const keys = ['old'];
    const remembering = rememberKeys(provider, keys);
    expect([remembering.generateKey('ed25519'), remembering.generateKey('ed25519')]).toEqual([
      'old',
      'ed25519-1',
    ]);
    expect(keys).toEqual(['old', 'ed25519-1']);
  });
});
