import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { run } from '../core/process.js';
import { joinAccess } from '../../test/support/nodes.js';
import { joinInstructions } from './join-instructions.js';
import { joinScript } from './join-script.js';

describe(joinScript.name, () => {
  it('is a shell script that ends with its only call, so that a cut-off copy does nothing', async () => {
    const script = joinScript(joinAccess);
    await run('sh', ['-n'], { input: script });
    expect(script.trimEnd().split('\n').at(-1)).toBe('main "$@"');
  });

  it('holds values whatever is in them', async () => {
    const cluster = `it's "$(touch /tmp/never)" $& $1`;
    const script = joinScript({ ...joinAccess, cluster }).replace('main "$@"', 'printf %s "$BERTH_CLUSTER"');
    expect(await run('sh', ['-s'], { input: script })).toBe(cluster);
  });
});

describe(joinInstructions.name, () => {
  it('gives cloud-init the whole script, so that the machine needs no way to Berth', () => {
    const { cloudInit } = joinInstructions(joinAccess, 'https://berth.example/join-script');
    expect(cloudInit.startsWith('#cloud-config\n')).toBe(true);
    const { write_files: files } = load(cloudInit) as { write_files: { content: string }[] };
    expect(files[0]?.content).toBe(joinScript(joinAccess));
  });
});
