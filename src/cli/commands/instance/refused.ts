import { BerthError } from '../../../core/errors.js';

interface Refused {
  name: string;
  refused?: { code: string; message: string; next?: string };
}

/** Throws SomeRefused, with each of them, unless all went well. */
export function refuseSome(items: readonly Refused[]): void {
  const fields = items.flatMap(({ name, refused }) =>
    refused
      ? [{ path: name, message: `${refused.message} [${refused.code}] ${refused.next ?? ''}`.trim() }]
      : [],
  );
  if (fields.length === 0) return;
  throw new BerthError('SomeRefused', `${fields.length} of ${items.length} were refused.`, {
    fields,
    next: 'Do what it says of each, then ask again: what is done already stays as it is.',
  });
}
