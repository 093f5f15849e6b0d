import { FunctionError } from '../errors.js';
import { quote } from '../fmt/quote.js';
import { escapeUrlPart, unescapeUrlPart } from './url-escape.js';

/** The parts of a URL as Go's net/url has them, unescaped where Go unescapes them. */
export interface GoUrl {
  scheme: string;
  opaque: string;
  /** Escaped, as it stands before the `@`; undefined when there is none. */
  userinfo: string | undefined;
  host: string;
  path: string;
  rawQuery: string;
  fragment: string;
}

/** `url.Parse`. Throws FunctionError with Go's message. */
export function parseUrl(text: string): GoUrl {
  const hash = text.indexOf('#');
  const before = hash < 0 ? text : text.slice(0, hash);
  const url = explained(before, () => parseWithoutFragment(before));
  if (hash >= 0) url.fragment = explained(text, () => unescapeUrlPart(text.slice(hash + 1), 'fragment'));
  return url;
}

function explained<T>(text: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    throw new FunctionError(`parse ${quote(text)}: ${error.message}`, { cause: error });
  }
}

function parseWithoutFragment(text: string): GoUrl {
  // eslint-disable-next-line no-control-regex -- these are what Go refuses
  if (/[\u0000-\u001f\u007f]/.test(text))
    throw new FunctionError('net/url: invalid control character in URL');
  const [scheme, afterScheme] = cutScheme(text);
  const [rest, rawQuery] = cutQuery(afterScheme);
  const url: GoUrl = {
    scheme: scheme.toLowerCase(),
    opaque: '',
    userinfo: undefined,
    host: '',
    path: '',
    rawQuery,
    fragment: '',
  };
  if (!rest.startsWith('/') && scheme !== '') return { ...url, opaque: rest };
  if ((rest.split('/', 1)[0] ?? '').includes(':')) {
    throw new FunctionError('first path segment in URL cannot contain colon');
  }
  url.path = unescapeUrlPart(takeAuthority(url, rest), 'path');
  return url;
}

function cutQuery(text: string): [before: string, query: string] {
  const question = text.indexOf('?');
  return question < 0 ? [text, ''] : [text.slice(0, question), text.slice(question + 1)];
}

/** Reads `//user@host` into the URL and gives what follows. */
function takeAuthority(url: GoUrl, rest: string): string {
  if (!rest.startsWith('//') || (url.scheme === '' && rest.startsWith('///'))) return rest;
  const slash = rest.indexOf('/', 2);
  setAuthority(url, slash < 0 ? rest.slice(2) : rest.slice(2, slash));
  return slash < 0 ? '' : rest.slice(slash);
}

function cutScheme(text: string): [scheme: string, rest: string] {
  if (text.startsWith(':')) throw new FunctionError('missing protocol scheme');
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text);
  return match === null ? ['', text] : [match[1] ?? '', text.slice(match[0].length)];
}

function setAuthority(url: GoUrl, authority: string): void {
  const at = authority.lastIndexOf('@');
  url.host = parseHost(url.scheme, authority.slice(at + 1));
  if (at < 0) return;
  const userinfo = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo))
    throw new FunctionError('net/url: invalid userinfo');
  const colon = userinfo.indexOf(':');
  const rewrite = (part: string): string => escapeUrlPart(unescapeUrlPart(part, 'userinfo'), 'userinfo');
  url.userinfo =
    colon < 0
      ? rewrite(userinfo)
      : `${rewrite(userinfo.slice(0, colon))}:${rewrite(userinfo.slice(colon + 1))}`;
}

function parseHost(scheme: string, host: string): string {
  const bracket = host.lastIndexOf('[');
  if (bracket > 0) throw new FunctionError('invalid IP-literal');
  if (bracket === 0) return parseIpLiteral(host);
  const strict = scheme === 'http' || scheme === 'https';
  const colon = strict ? host.indexOf(':') : host.lastIndexOf(':');
  if (colon >= 0) checkPort(host.slice(colon));
  return unescapeUrlPart(host, 'host');
}

function parseIpLiteral(host: string): string {
  const close = host.lastIndexOf(']');
  if (close < 0) throw new FunctionError("missing ']' in host");
  checkPort(host.slice(close + 1));
  const name = host.slice(1, close);
  const zone = name.indexOf('%25');
  const address =
    zone < 0
      ? unescapeUrlPart(name, 'host')
      : unescapeUrlPart(name.slice(0, zone), 'host') + unescapeUrlPart(name.slice(zone), 'zone');
  if (!/^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(%.+)?$/.test(address)) throw new FunctionError('invalid IP-literal');
  return `[${address}]${unescapeUrlPart(host.slice(close + 1), 'host')}`;
}

function checkPort(port: string): void {
  if (/^(?::[0-9]*)?$/.test(port)) return;
  throw new FunctionError(`invalid port ${quote(port)} after host`);
}

/** `URL.Hostname`: the host without port and brackets. */
export function hostname(host: string): string {
  const withoutPort = host.replace(/:[0-9]*$/, '');
  return withoutPort.replace(/^\[(.*)\]$/, '$1');
}

/** `URL.String`. */
export function formatUrl(url: GoUrl): string {
  const scheme = url.scheme === '' ? '' : `${url.scheme}:`;
  const body = url.opaque === '' ? formatHierarchy(url, scheme) : url.opaque;
  const query = url.rawQuery === '' ? '' : `?${url.rawQuery}`;
  const fragment = url.fragment === '' ? '' : `#${escapeUrlPart(url.fragment, 'fragment')}`;
  return scheme + body + query + fragment;
}

function formatHierarchy(url: GoUrl, before: string): string {
  const authority = formatAuthority(url);
  const path = url.path === '*' ? '*' : escapeUrlPart(url.path, 'path');
  if (path !== '' && !path.startsWith('/') && url.host !== '') return `${authority}/${path}`;
  const ambiguous = before + authority === '' && (path.split('/', 1)[0] ?? '').includes(':');
  return authority + (ambiguous ? `./${path}` : path);
}

function formatAuthority({ scheme, host, path, userinfo }: GoUrl): string {
  if (scheme === '' && host === '' && userinfo === undefined) return '';
  const slashes = host !== '' || path !== '' || userinfo !== undefined ? '//' : '';
  return slashes + (userinfo === undefined ? '' : `${userinfo}@`) + escapeUrlPart(host, 'host');
}
