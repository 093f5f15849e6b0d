/** The commands of templates, configs, applications, instances and releases, against real API servers. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { load } from 'js-yaml';
import type { Instance } from '../../../src/model/instance.js';
import { type Outcome, TestCli } from '../../support/cli.js';
import { RunningApps } from '../../support/running-apps.js';

const EXAMPLE = join(import.meta.dirname, '..', '..', '..', 'examples', 'hello');
const GREEN = '\u001B[32m';
/** No pods: there is no node that would run them. */
const QUIET = ['web.replicas:number=0', 'greeter.replicas:number=0'];

// Each call of the command is a process of its own.
jest.setTimeout(120_000);

let running: RunningApps;
let cli: TestCli;
beforeAll(async () => {
  running = await RunningApps.start();
  cli = await TestCli.of(running.api);
}, 180_000);
afterAll(async () => {
  await cli?.remove();
  await running?.stop();
});

async function berth(...args: string[]): Promise<string> {
  const { code, out, err } = await cli.run(...args);
  if (code !== 0) throw new Error(`berth ${args.join(' ')}: exit ${code}: ${err}`);
  return out;
}

describe('berth config and berth template', () => {
  it('make the example, and tell what a template takes from a config', async () => {
    await berth(
      'config',
      'create',
      'hello',
      ...QUIET,
      '--import',
      join(EXAMPLE, 'config.yaml'),
      '-m',
      'first',
    );
    const folder = join(EXAMPLE, 'template');
    const made = await berth('template', 'create', 'hello', folder, '--check-config', 'hello');
    expect(made).toMatch(/template\/hello: version 1\nSERVICE +DEPENDS ON +FILES\ngreeter .*\nweb +greeter/);
    expect(await berth('template', 'variables', 'hello', '-o', 'name')).toContain('web.replicas\n');
    expect(await berth('template', 'render', 'hello', '--config', 'hello', '--service', 'greeter')).toContain(
      'kind: Deployment',
    );
    await berth('template', 'pull', 'hello', join(cli.directory, 'pulled'));
    expect(await readFile(join(cli.directory, 'pulled', 'web', 'index.cgi'), 'utf8')).toContain(
      'greeter_url',
    );
  });

  it('keep versions, and show what is different in colour only on a terminal', async () => {
    await berth('config', 'set', 'hello', 'greeting=Ahoy', '-m', 'sailors');
    const versions = await berth('config', 'versions', 'hello');
    expect(versions).toMatch(/^2 +admin .* sailors$/m);
    expect(await berth('config', 'compare', 'hello')).toMatch(/^-greeting: "Hello"\n\+greeting: "Ahoy"$/m);
    const shown = await cli.runInTerminal('config', 'compare', 'hello');
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining(`${GREEN}+greeting`) });
    await berth('config', 'rollback', 'hello', '1', '-m', 'landlubbers');
    expect(await berth('config', 'keys', 'hello', '-s', 'greeting')).toMatch(/greeting +string +Hello/);
    expect(await berth('config', 'list', '-o', 'name')).toBe('config/hello\n');
  });

  it('say what is wrong, with its place and an exit code', async () => {
    const outcomes = await Promise.all([
      cli.run('config', 'set', 'hello', 'no-value'),
      cli.run('config', 'keys', 'nobody'),
      cli.run('config', 'set', 'hello', 'greeting=x', '--based-on', '1'),
      cli.run('template', 'create', 'broken', '-'),
      cli.run('template', 'delete', 'hello'),
    ]);
    expect(outcomes.map(({ code }: Outcome) => code)).toEqual([2, 3, 4, 1, 2]);
  });
});

describe('berth app, instance and release', () => {
  it('make an application, say who is told of whom, find a text', async () => {
    await berth('app', 'create', 'hello', '--template', 'hello', '--env', 'dev=hello');
    await berth('app', 'set', 'hello', '--description', 'a first look', '-m', 'for newcomers');
    expect(await berth('app', 'history', 'hello')).toMatch(
      /^AGE +USER +CHANGE +REASON\n\S+ +admin +Change 2 +for newcomers\n\S+ +admin +Change 1/,
    );
    expect(await berth('app', 'history', 'hello', '--diff', '--limit', '1')).toMatch(
      /^Change 2 .* admin: for newcomers\n(.*\n)*\+description: a first look$/m,
    );
    expect(await berth('app', 'graph', 'hello')).toMatch(/^web +greeter +greeter$/m);
    expect(await berth('app', 'search', 'greeter_url')).toMatch(/^File +hello +web\/index\.cgi:5 +hello/m);
  });

  it('draft, show the impact, publish, tell what was published', async () => {
    await berth('instance', 'create', 'demo', 'hello', '--app', 'hello');
    expect(await berth('instance', 'impact', 'demo', 'hello')).toContain('create Deployment/web');
    expect(await berth('instance', 'deploy', 'demo', 'hello', '--reason', 'first', '--wait')).toMatch(
      /hello\.web\.1 /,
    );
    expect(await berth('instance', 'describe', 'demo', 'hello')).toMatch(/^web +Deployed +1 +1 +3/m);
    expect(await berth('instance', 'deploy', 'demo', 'hello')).toBe('Unchanged: greeter, web.\n');
    await berth('config', 'set', 'hello', 'page=Another page.');
    await berth('instance', 'set', 'demo', 'hello', '--config-version', '4', '-m', 'new page');
    expect(await berth('instance', 'impact', 'demo', 'hello')).toContain(
      'reloads Deployment/web without a restart',
    );
    const diff = ['instance', 'diff', 'demo', 'hello', 'web', '--from', 'published'];
    expect(await berth(...diff)).toMatch(/^\+.*page: Another page\.$/m);
    expect((await cli.runInTerminal(...diff)).out).toContain(`${GREEN}+`);
    await berth('instance', 'deploy', 'demo', 'hello', 'web', '--wait');
    expect(
      await berth('instance', 'rollback', 'demo', 'hello', 'web', '--reason', 'worse', '--wait'),
    ).toContain('Rollback');
    expect(
      await berth('release', 'list', 'demo', '--instance', 'hello', '--service', 'web', '-o', 'name'),
    ).toBe('release/hello.web.3\nrelease/hello.web.2\nrelease/hello.web.1\n');
    const history = await berth('instance', 'history', 'demo', 'hello');
    expect(history).toMatch(/admin +Rollback web\.3 \(of 1\) .*worse/);
    expect(history).toMatch(/admin +Draft 2 .*new page/);
    expect(await berth('instance', 'history', 'demo', 'hello', 'web', '--diff')).toMatch(/^\+ +version: 4$/m);
    await berth('instance', 'unhold', 'demo', 'hello', 'web');
  });

  it('find a service wherever it runs', async () => {
    const found = await berth('app', 'search', 'greet', '--kind', 'Service');
    expect(found).toMatch(/^Service +hello +greeter +hello +demo\/hello Deployed\n$/m);
    expect(found).not.toContain('File');
  });

  it('act on many instances at once, and name those that were refused', async () => {
    await running.api.send('/api/v1/clusters/demo/instances', {
      body: { metadata: { name: 'second', labels: { stage: 'prod' } }, spec: { application: 'hello' } },
    });
    expect(await berth('instance', 'deploy', 'demo', '-l', 'stage=prod', '--wait', '-o', 'name')).toContain(
      'release/second.web.1\n',
    );
    const restarted = await berth('instance', 'restart', 'demo', 'hello,second', 'greeter');
    expect(restarted).toMatch(/hello\.greeter\.2 [^]*second\.greeter\.2 /);
    const refused = await cli.run(
      'instance',
      'scale',
      'demo',
      '-l',
      'stage=prod',
      'nobody',
      '--replicas',
      '1',
    );
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('second: ') });
    expect((await cli.run('instance', 'create', 'third', '--app', 'hello', '-l', 'none=here')).code).toBe(1);
    expect((await cli.run('instance', 'deploy', 'demo')).code).toBe(2);
  });

  it('tell what a rollout would change, and change nothing', async () => {
    const impact = (...args: string[]) => berth('rollout', 'impact', '--app', 'hello', ...args);
    const back = await impact('--config-version', '3', '--check');
    expect(back).toMatch(
      /^demo\/second:\n {2}web:\n( {4}update .*\n)+ {4}reloads Deployment\/web without a restart\nChanged: 1\. Unchanged: 1\.\n$/,
    );
    await berth('config', 'set', 'hello', 'greeting=Moin');
    expect(await impact('--config-version', '5', '--service', 'greeter')).toMatch(
      /^demo\/hello, demo\/second:\n {2}greeter:\n( {4}.*\n)* {4}restarts Deployment\/greeter\nChanged: 2\. Unchanged: 0\.\n$/,
    );
    expect(await impact('--config-version', '99')).toContain('greeter: cannot be rendered: ');
    const nobody = await cli.run('rollout', 'impact', '--app', 'nobody');
    expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('none matches') });
    expect(await berth('rollout', 'list', '-o', 'name')).toBe('');
  });

  it('publish to many, and wait until that has ended', async () => {
    const start = (...args: string[]) => cli.run('rollout', 'start', '--app', 'hello', '--wait', ...args);
    const wrong = await start('--name', 'wrong', '--config-version', '99');
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringMatching(/"wrong" ended as Stopped.* [12] failed/),
    });
    expect((await cli.run('rollout', 'watch', 'wrong')).code).toBe(1);
    const done = await start('--name', 'moin', '--config-version', '5');
    expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/^moin +Succeeded +2\/2 +0 /m) });
    expect(done.err).toContain('2/2');
    expect(await berth('rollout', 'get', 'moin')).toMatch(/^demo +second +Done/m);
  });

  it('have logs and events', async () => {
    expect(await berth('instance', 'logs', 'demo', 'hello', '--since', '10m')).toBe('');
    expect(await berth('instance', 'events', 'demo', 'second', 'web')).toMatch(/^(LAST SEEN|No events)/);
  });

  it('take an instance away', async () => {
    expect((await cli.run('instance', 'delete', 'demo', 'second')).code).toBe(2);
    expect(await berth('instance', 'delete', 'demo', 'second', '--yes')).toContain(
      'is being taken out of demo',
    );
    const { spec } = load(await berth('instance', 'get', 'demo', 'hello', '-o', 'yaml')) as Instance;
    expect(spec.config).toEqual({ name: 'hello', version: 5 });
  });
});
