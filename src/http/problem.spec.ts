import { describe, expect, it } from '@jest/globals';
import { BerthError } from '../core/errors.js';
import { errorFromStatus, unreachable } from '../kube/kube-error.js';
import { mergePatch } from '../core/merge-patch.js';
import { isBoundTo } from './preconditions.js';
import { problemOf, retryAfterSeconds } from './problem.js';
import { requestError, unreadable } from './request-errors.js';

const status = (code: number, body: object = {}) =>
  errorFromStatus(body, { label: 'GET Secret x', statusCode: code });

describe(problemOf.name, () => {
  it('tells code, words, fields and next step of an error of ours', () => {
    const error = new BerthError('HostTaken', 'The host is taken.', {
      status: 409,
      next: 'Choose another one.',
      fields: [{ path: 'spec.exposure.host', message: 'is taken' }],
    });
    expect(problemOf(error, 'r1')).toEqual({
      type: '/api/docs/errors.md#hosttaken',
      title: 'Host taken',
      status: 409,
      detail: 'The host is taken.',
      code: 'HostTaken',
      errors: [{ path: 'spec.exposure.host', message: 'is taken' }],
      next: 'Choose another one.',
      requestId: 'r1',
    });
  });

  it('tells nothing of the inside when nobody planned the error', () => {
    for (const error of [new Error('password=x'), 'boom', new BerthError('StepFailed', 'password=x')]) {
      const body = problemOf(error, 'r1');
      expect(body).toMatchObject({ status: 500, code: 'InternalError' });
      expect(JSON.stringify(body)).not.toContain('password');
    }
  });

  it.each([
    [unreachable('GET x', 'refused'), 503, 'MetaClusterUnavailable'],
    [status(500), 503, 'MetaClusterUnavailable'],
    [status(429), 503, 'MetaClusterUnavailable'],
    [status(409, { reason: 'Conflict' }), 409, 'Conflict'],
    [
      status(422, { reason: 'Invalid', details: { causes: [{ field: 'spec.a', message: 'bad' }] } }),
      422,
      'Invalid',
    ],
    [status(403, { reason: 'Forbidden', message: 'User "x" cannot get secrets' }), 502, 'MetaClusterRefused'],
  ])('says %s in terms of our own API', (error, expected, code) => {
    const body = problemOf(error, 'r1');
    expect(body).toMatchObject({ status: expected, code });
    expect(body.detail).not.toContain('secrets');
  });

  it('knows when the same request may work', () => {
    expect(retryAfterSeconds(unreachable('GET x', 'refused'))).toBe(1);
    expect(retryAfterSeconds(new BerthError('HostTaken', 'x'))).toBeUndefined();
  });
});

describe(requestError.name, () => {
  it.each([
    [{ code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 }, 'BodyTooLarge'],
    [{ code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 }, 'UnsupportedMediaType'],
    [{ code: 'FST_ERR_BAD_URL', statusCode: 400 }, 'MalformedRequest'],
    [Object.assign(new SyntaxError('x'), { statusCode: 400 }), 'MalformedJSON'],
  ])('knows %j', (thrown, code) => {
    expect(requestError(thrown)).toMatchObject({ code });
  });

  it('leaves alone what is not the fault of the client', () => {
    const error = new Error('ours');
    expect(requestError(error)).toBe(error);
    const fault = { code: 'FST_ERR_X', statusCode: 500, message: 'x' };
    expect(requestError(fault)).toBe(fault);
  });

  it('knows what Node cannot read', () => {
    expect(unreadable('HPE_HEADER_OVERFLOW')).toMatchObject({ code: 'HeadersTooLarge', status: 431 });
    expect(unreadable('ERR_HTTP_REQUEST_TIMEOUT')).toMatchObject({ code: 'RequestTimeout', status: 408 });
    expect(unreadable('HPE_INVALID_METHOD')).toMatchObject({ code: 'MalformedRequest', status: 400 });
  });
});

describe(isBoundTo.name, () => {
  const object = { apiVersion: 'v1', kind: 'X', metadata: { name: 'x', resourceVersion: '7' } };

  it.each(['"7"', '"6", "7"'])('is, by %s', (tag) => {
    expect(isBoundTo(object, tag)).toBe(true);
  });

  it.each([undefined, '*'])('is not, by %s', (tag) => {
    expect(isBoundTo(object, tag)).toBe(false);
  });

  it.each(['"7"', '*'])('refuses %s where nothing is', (tag) => {
    expect(() => isBoundTo(undefined, tag)).toThrow(expect.objectContaining({ status: 412 }));
    expect(isBoundTo(undefined, undefined)).toBe(false);
  });

  it.each(['"6"', '7', '', 'W/"7"'])('refuses %j', (tag) => {
    expect(() => isBoundTo(object, tag)).toThrow(expect.objectContaining({ status: 412 }));
  });
});

describe(mergePatch.name, () => {
  // The examples of RFC 7386, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (target, patch, expected) => {
    expect(mergePatch(target, patch)).toEqual(expected);
  });
});
