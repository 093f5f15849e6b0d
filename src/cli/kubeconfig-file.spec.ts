import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { defaultKubeconfig, mergedKubeconfig, mergeKubeconfig } from './kubeconfig-file.js';

const config = (cluster: string, server: string) => `apiVersion: v1
kind: Config
clusters:
  - name: ${cluster}
    cluster: { server: ${server} }
users:
  - name: anna@${cluster}
    user: { token: x }
contexts:
  - name: anna@${cluster}
    context: { cluster: ${cluster}, user: anna@${cluster} }
current-context: anna@${cluster}
`;

describe(mergedKubeconfig.name, () => {
  it('keeps what is there, comments included, and switches to the new context', () => {
    const before = `# mine\n${config('home', 'https://home')}preferences: { colors: true }\n`;
    const merged = mergedKubeconfig(before, config('demo', 'https://demo'), 'config');
    expect(merged).toContain('# mine');
    expect(parse(merged)).toMatchObject({
      preferences: { colors: true },
      clusters: [{ name: 'home' }, { name: 'demo' }],
      users: [{ name: 'anna@home' }, { name: 'anna@demo' }],
      'current-context': 'anna@demo',
    });
  });

  it('replaces entries of the same name', () => {
    const once = mergedKubeconfig('', config('demo', 'https://old'), 'config');
    const twice = parse(mergedKubeconfig(once, config('demo', 'https://new'), 'config'));
    expect(twice.clusters).toEqual([{ name: 'demo', cluster: { server: 'https://new' } }]);
    expect(twice.users).toHaveLength(1);
  });

  it('fills lists that are missing, null or in flow style', () => {
    const before = 'apiVersion: v1\nkind: Config\nclusters: []\nusers: null\n';
    expect(parse(mergedKubeconfig(before, config('demo', 'https://demo'), 'config'))).toMatchObject({
      clusters: [{ name: 'demo' }],
      users: [{ name: 'anna@demo' }],
      contexts: [{ name: 'anna@demo' }],
    });
  });

  it.each(['just text', '- a\n- b\n', 'a: [1\n'])('refuses %j and leaves it', (before) => {
    expect(() => mergedKubeconfig(before, config('demo', 'x'), 'config')).toThrow(
      expect.objectContaining({ code: 'KubeconfigInvalid' }),
    );
  });
});

describe(mergeKubeconfig.name, () => {
  it('makes a file, and its folder, that only the owner can read', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'berth-kubeconfig-'));
    const file = join(directory, '.kube', 'config');
    await mergeKubeconfig(file, config('demo', 'https://demo'));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toBe(config('demo', 'https://demo'));
    await rm(directory, { recursive: true });
  });
});

describe(defaultKubeconfig.name, () => {
  it('is where kubectl writes', () => {
    expect(defaultKubeconfig({ KUBECONFIG: ':/a:/b', HOME: '/home/anna' })).toBe('/a');
    expect(defaultKubeconfig({ HOME: '/home/anna' })).toBe('/home/anna/.kube/config');
  });
});
