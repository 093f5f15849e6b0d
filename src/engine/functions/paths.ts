import { type GoFunction, fn } from '../value.js';
import { textArgument } from './convert.js';

/** `path.Clean`: the shortest path that means the same. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    const removable = parts.length > 0 && parts.at(-1) !== '..';
    if (part !== '..') parts.push(part);
    else if (removable) parts.pop();
    else if (!rooted) parts.push(part);
  }
  return (rooted ? '/' : '') + parts.join('/') || '.';
}

/** `path.Base`: what comes after the last slash. */
export function basePath(path: string): string {
  if (path === '') return '.';
  const trimmed = path.replace(/\/+$/, '');
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** `path.Dir`: all but the last element. */
export function directoryPath(path: string): string {
  return cleanPath(path.slice(0, path.lastIndexOf('/') + 1));
}

/** `path.Ext`: from the last dot of the last element. */
export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot);
}

function pathFunction(names: string[], call: (path: string) => string | boolean): GoFunction[] {
  return names.map((name) => fn(name, ['string'], ([path]) => call(textArgument(path))));
}

/** Sprig's functions of paths. The `os…` ones are those of Linux. */
export const pathFunctions: readonly GoFunction[] = [
  ...pathFunction(['base', 'osBase'], basePath),
  ...pathFunction(['dir', 'osDir'], directoryPath),
  ...pathFunction(['clean', 'osClean'], cleanPath),
  ...pathFunction(['ext', 'osExt'], extensionOf),
  ...pathFunction(['isAbs', 'osIsAbs'], (path) => path.startsWith('/')),
];
