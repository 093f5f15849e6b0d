import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { readObjects } from '../addons/apply.js';
import { MANIFESTS } from '../paths.js';
import { metaImages } from './catalog.js';

describe('metaImages', () => {
  it('holds every image the addons run', async () => {
    const references = metaImages('1.36.3').map(({ reference }) => reference);
    const text = JSON.stringify(await readObjects(join(MANIFESTS, 'local', 'addons')));
    const used = [...text.matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image);
    expect(used.length).toBeGreaterThan(0);
    expect(references).toEqual(expect.arrayContaining(used));
  });
});
