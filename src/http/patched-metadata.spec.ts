import { expect, it } from '@jest/globals';
import { sparingOurs } from './patched-metadata.js';

const live = {
  name: 'shop',
  labels: { 'berth.dev/tenant': 'default', stage: 'prod' },
  annotations: { 'berth.dev/origin': 'uid' },
};

it('takes all away but what is ours', () => {
  expect(sparingOurs({ labels: null, annotations: null }, live)).toEqual({
    labels: { stage: null },
    annotations: {},
  });
});

it('leaves every other patch as it is', () => {
  const patch = { labels: { stage: null, team: 'a' } };
  expect(sparingOurs(patch, live)).toEqual(patch);
  expect(sparingOurs({}, live)).toEqual({});
});
