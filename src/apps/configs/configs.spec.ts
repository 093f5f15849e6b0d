import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ConfigContent } from '../../model/config.js';
import { changeProblems, compareKeys, diffText } from './compare.js';
import { importKeys } from './imports.js';
import { decrypt, encrypt, type KeyRing } from './key-ring.js';
import { editKeys, type KeyInput } from './keys.js';
import { SecretBox } from './secrets.js';
import { nameOf, pathOf, valuesTable } from './values.js';

const kek = randomBytes(32);
const ring: KeyRing = {
  wrap: async (key) => Promise.resolve({ keyId: 'k1', wrapped: encrypt(kek, key, 'k1') }),
  unwrap: async ({ wrapped }) => Promise.resolve(decrypt(kek, wrapped, 'k1')),
};
const boxFor = (before?: ConfigContent) => () => SecretBox.open(ring, 'berth-t-shop/demo', before?.dataKey);
const edit = (set: KeyInput[], before?: ConfigContent, more = {}) =>
  editKeys(before, { set, ...more }, boxFor(before));
const problemsOf = (promise: Promise<unknown>) =>
  promise.then(
    () => [],
    (error: { fields?: { path: string; code?: string }[] }) =>
      (error.fields ?? []).map(({ path, code }) => `${path} ${code}`),
  );

describe('keys', () => {
  it('have the type they are given, else the one they had, else that of their value', async () => {
    const first = await edit([
      { name: 'image', type: 'image', value: 'nginx:1' },
      { name: 'replicas', value: 3 },
      { name: 'debug', value: false },
      { name: 'hosts', value: ['a'] },
      { name: 'limits', value: { cpu: 1 } },
      { name: 'logo', base64: 'iVBORw0KGgoA/w==' },
    ]);
    expect(first.keys.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'debug bool',
      'hosts list',
      'image image',
      'limits map',
      'logo file',
      'replicas number',
    ]);
    const second = await edit([{ name: 'image', value: 'nginx:2' }], first, { unset: ['debug'] });
    expect(second.keys.find(({ name }) => name === 'image')).toEqual({
      name: 'image',
      type: 'image',
      value: 'nginx:2',
    });
    expect(second.keys).toHaveLength(5);
  });

  it('are refused all at once', async () => {
    const set: KeyInput[] = [
      { name: 'a b', value: 1 },
      { name: 'n', type: 'number', value: 'x' },
      { name: 'i', type: 'image', value: 'a b' },
      { name: 's', type: 'secret' },
      { name: 'p', value: 1 },
      { name: 'p.q', value: 2 },
      { name: 'twice', value: 1 },
      { name: 'twice', value: 2 },
    ];
    expect(await problemsOf(edit(set, undefined, { unset: ['gone'] }))).toEqual([
      'gone UnknownKey',
      'a b KeyName',
      'n KeyType',
      'i KeyType',
      's KeyType',
      'twice Duplicate',
      'p.q KeysNested',
    ]);
  });

  it('are paths into the values; a dot of a name is escaped', async () => {
    expect(pathOf('a.b\\.c.d')).toEqual(['a', 'b.c', 'd']);
    expect(nameOf(['a', 'b.c', 'd'])).toBe('a.b\\.c.d');
    const table = valuesTable({
      config: 'c',
      version: 1,
      keys: [
        { name: 'image.tag', type: 'string', value: '1' },
        { name: 'image.name', type: 'string', value: 'web' },
      ],
    });
    expect(table.get('image')).toEqual(
      new Map([
        ['tag', '1'],
        ['name', 'web'],
      ]),
    );
  });
});

describe('secrets', () => {
  it('are kept sealed, and open with the key of the installation alone', async () => {
    const content = await edit([{ name: 'password', type: 'secret', value: 'planted-4711' }]);
    expect(JSON.stringify(content)).not.toContain('planted');
    expect(JSON.stringify(content)).not.toContain(btoa('planted-4711'));
    const box = await boxFor(content)();
    const sealed = content.keys[0]?.sealed ?? '';
    expect(box.unseal('password', sealed).toString()).toBe('planted-4711');
    expect(() => box.unseal('other', sealed)).toThrow(/cannot be opened/);
    const elsewhere = await SecretBox.open(ring, 'berth-t-other/demo', content.dataKey);
    expect(() => elsewhere.unseal('password', sealed)).toThrow(/cannot be opened/);
  });

  it('stay what they are when no value is given, or the same one', async () => {
    const first = await edit([{ name: 'p', type: 'secret', value: 'x' }]);
    expect(await edit([{ name: 'p', value: 'x' }], first)).toEqual(first);
    expect(await edit([{ name: 'p', type: 'secret' }], first, { replace: true })).toEqual(first);
    expect(await edit([{ name: 'p', value: 'y' }], first)).not.toEqual(first);
  });

  it('show as changed in comparisons, never what they are', async () => {
    const first = await edit([
      { name: 'p', type: 'secret', value: 'planted-1' },
      { name: 'a', value: 1 },
    ]);
    const second = await edit(
      [
        { name: 'p', value: 'planted-2' },
        { name: 'a', value: 2 },
      ],
      first,
    );
    expect(compareKeys(first, second)).toEqual([
      { key: 'a', change: 'Changed', type: 'number', before: 1, after: 2 },
      { key: 'p', change: 'Changed', type: 'secret' },
    ]);
    const text = diffText(first, second, ['version 1', 'version 2']);
    expect(text).toBe(
      '--- version 1\n+++ version 2\n@@ -1,2 +1,2 @@\n-a: 1\n-p: <secret>\n+a: 2\n+p: <secret, changed>\n',
    );
    expect(JSON.stringify(changeProblems(first, second))).not.toContain('planted');
  });
});

describe(importKeys.name, () => {
  it('reads .env files as docker and dotenv do', () => {
    const text =
      '# c\nA=1\nexport B = "two # not\\n lines"\nC=\'as $is\' # note\nD=plain # note\nE=\nF="a\nb"\nA=2\n';
    expect(importKeys('env', text)).toEqual([
      { name: 'A', value: '2' },
      { name: 'B', value: 'two # not\n lines' },
      { name: 'C', value: 'as $is' },
      { name: 'D', value: 'plain' },
      { name: 'E', value: '' },
      { name: 'F', value: 'a\nb' },
    ]);
  });

  it('reads properties as Java does', () => {
    const text = '! c\na.b = x\nc:y z\nd e\\\n   f\nk\\=1=\\u00e9\\t|\nempty\n';
    expect(importKeys('properties', text)).toEqual([
      { name: 'a.b', value: 'x' },
      { name: 'c', value: 'y z' },
      { name: 'd', value: 'ef' },
      { name: 'k=1', value: 'é\t|' },
      { name: 'empty', value: '' },
    ]);
  });

  it('flattens JSON and YAML with their types', () => {
    const yaml =
      'image: {name: web, tag: "1"}\nreplicas: 3\nempty: {}\nlist: [a]\nnothing: null\nsel: {kubernetes.io/os: linux}\n';
    const expected = [
      { name: 'image.name', value: 'web' },
      { name: 'image.tag', value: '1' },
      { name: 'replicas', value: 3 },
      { name: 'empty', value: {} },
      { name: 'list', value: ['a'] },
      { name: 'sel.kubernetes\\.io/os', value: 'linux' },
    ];
    expect(importKeys('yaml', yaml)).toEqual(expected);
    expect(importKeys('json', '{"a":{"b":true}}')).toEqual([{ name: 'a.b', value: true }]);
  });

  it.each([
    ['env', 'A=1\nnonsense', 'line 2 Unreadable'],
    ['env', 'A="open', 'line 1 Unreadable'],
    ['yaml', 'a: 1\nb: [', 'line'],
    ['json', '[1]', 'line 1 Unreadable'],
  ] as const)('says where a %s file cannot be read', async (format, text, where) => {
    const [problem] = await problemsOf(Promise.resolve().then(() => importKeys(format, text)));
    expect(problem).toContain(where);
  });
});
