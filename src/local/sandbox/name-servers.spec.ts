import { describe, expect, it } from '@jest/globals';
import { reachable } from './name-servers.js';

describe('reachable', () => {
  it('keeps name servers a pod can ask', () => {
    expect(reachable('# made by hand\nsearch example.com\nnameserver 10.0.0.53\n')).toEqual([
      'nameserver 10.0.0.53',
    ]);
  });

  it('leaves out those that listen on the loopback of the machine', () => {
    expect(reachable('nameserver 127.0.0.53\nnameserver ::1\n')).toEqual([]);
  });
});
