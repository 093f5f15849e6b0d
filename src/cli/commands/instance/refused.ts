import { BerthError, messageOf } from '../../../core/errors.js';

interface Refused {
  name: string;
  refused?: { code: string; message: string; next?: string };
}

/** One that was released and did not get through. */
export interface Failure {
  name: string;
  error: unknown;
}

/** Throws SomeRefused, with each of them, unless all went well; what failed alone as it is. */
export function refuseSome(items: readonly Refused[], failures: readonly Failure[] = []): void {
  const fields = items.flatMap(({ name, refused }) =>
    refused
      ? [{ path: name, message: `${refused.message} [${refused.code}] ${refused.next ?? ''}`.trim() }]
      : [],
  );
  if (failures.length === 1 && fields.length === 0) throw failures[0]?.error;
  const failed = failures.map(({ name, error }) => ({
    path: name,
    message: `${messageOf(error)}${codeOf(error)}`,
  }));
  fields.push(...failed);
  if (fields.length === 0) return;
  throw new BerthError('SomeRefused', `${fields.length} of ${items.length} were refused or failed.`, {
    fields,
    next: 'Do what it says of each, then ask again: what is done already stays as it is.',
  });
}

const codeOf = (error: unknown) => (error instanceof BerthError ? ` [${error.code}]` : '');
