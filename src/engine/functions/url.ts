import { FunctionError } from '../errors.js';
import { formatUrl, hostname, parseUrl } from '../go/url.js';
import { type GoFunction, type Value, fn, kindOf } from '../value.js';
import { NIL_DEREFERENCE, mapArgument, textArgument } from './convert.js';

const MAP = 'map[string]interface {}';

function explain<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    throw new FunctionError(`${what}: ${error.message}`, { cause: error });
  }
}

function urlParse(text: string): Value {
  const url = explain('unable to parse url', () => parseUrl(text));
  return new Map<string, Value>([
    ['scheme', url.scheme],
    ['host', url.host],
    ['hostname', hostname(url.host)],
    ['path', url.path],
    ['query', url.rawQuery],
    ['opaque', url.opaque],
    ['fragment', url.fragment],
    ['userinfo', url.userinfo ?? ''],
  ]);
}

function textOf(parts: Map<string, Value>, key: string): string {
  const value = parts.get(key);
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value === null) throw new FunctionError(NIL_DEREFERENCE);
  throw new FunctionError(`unable to parse ${key} key, must be of type string, but ${kindOf(value)} found`);
}

function urlJoin(parts: Map<string, Value>): string {
  const url = {
    scheme: textOf(parts, 'scheme'),
    host: textOf(parts, 'host'),
    path: textOf(parts, 'path'),
    rawQuery: textOf(parts, 'query'),
    opaque: textOf(parts, 'opaque'),
    fragment: textOf(parts, 'fragment'),
  };
  const userinfo = textOf(parts, 'userinfo');
  const parsed =
    userinfo === ''
      ? undefined
      : explain('unable to parse userinfo in dict', () => parseUrl(`proto://${userinfo}@host`)).userinfo;
  return formatUrl({ ...url, userinfo: parsed });
}

/** Sprig's functions of URLs. */
export const urlFunctions: readonly GoFunction[] = [
  fn('urlParse', ['string'], ([text]) => urlParse(textArgument(text))),
  fn('urlJoin', [MAP], ([parts]) => urlJoin(mapArgument(parts))),
];
