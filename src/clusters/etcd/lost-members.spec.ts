import { describe, expect, it } from '@jest/globals';
import { hasLostData } from './lost-members.js';

const NOT_AWAITED =
  '{"level":"fatal","msg":"discovery failed","error":"couldn\'t find local name \\"etcd-0\\" in the initial cluster"}';

function member(container: object) {
  return { status: { containerStatuses: [{ name: 'etcd', ready: false, ...container }] } } as Parameters<
    typeof hasLostData
  >[0];
}

const ended = (message: string) => ({ terminated: { exitCode: 1, message } });

describe('a member that lost its data', () => {
  it('is known from its last words, while it is down and while it waits to be started again', () => {
    expect(hasLostData(member({ state: ended(NOT_AWAITED) }))).toBe(true);
    expect(hasLostData(member({ state: { waiting: {} }, lastState: ended(NOT_AWAITED) }))).toBe(true);
  });

  it('is none that is ready again, has not ended, or ended for another reason', () => {
    expect(hasLostData(member({ ready: true, lastState: ended(NOT_AWAITED) }))).toBe(false);
    expect(hasLostData(member({ state: { running: {} } }))).toBe(false);
    expect(hasLostData(member({ state: ended('{"level":"fatal","error":"no space left on device"}') }))).toBe(
      false,
    );
    expect(hasLostData({ status: {} })).toBe(false);
  });
});
