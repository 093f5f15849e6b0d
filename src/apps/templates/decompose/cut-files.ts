/** Files of several services, cut into one for each. Pure. */
import type { TemplateFile } from '../../../model/template.js';
import { SHARED } from './names.js';
import type { Notice } from './notice.js';
import { ownersOf, type Placed } from './owners.js';
import { splitFile } from './split-file.js';

/** Cuts the files that hold objects of several services; those that cannot be cut stay, with a notice. */
export function cutFiles(
  files: TemplateFile[],
  placed: readonly Placed[],
  all: readonly TemplateFile[],
): { files: TemplateFile[]; notices: Notice[] } {
  const owners = ownersOf(placed);
  const notices: Notice[] = [];
  const cut = files.flatMap((file): TemplateFile[] => {
    const own = placed.flatMap(({ source }, i) => (source === file.path ? [ownerKey(owners[i])] : []));
    if (new Set(own).size < 2) return [file];
    const parts = piecesOf(file, all);
    if (Array.isArray(parts)) return parts;
    notices.push({
      place: `${file.path}:${parts.line}`,
      code: 'NotSplit',
      message: `holds objects of several services and cannot be cut: ${parts.why}`,
    });
    return [file];
  });
  return { files: cut.length === files.length ? files : cut, notices };
}

const ownerKey = (owners: ReadonlySet<number> | undefined): string =>
  owners?.size === 1 ? [...owners].join('') : SHARED;

function piecesOf(
  file: TemplateFile,
  all: readonly TemplateFile[],
): TemplateFile[] | { line: number; why: string } {
  const base = `/${file.path.split('/').at(-1) ?? ''}`;
  const user = all.find(({ path, text }) => path !== file.path && text?.includes(`"${base}"`));
  if (user) return { line: 1, why: `${user.path} includes it by its name` };
  const split = splitFile(file.path, file.text ?? '');
  if (!('pieces' in split)) return split;
  const extension = /\.[^./]+$/.exec(file.path)?.[0] ?? '';
  const stem = file.path.slice(0, file.path.length - extension.length);
  return split.pieces.map(({ text }, i) => ({ path: `${stem}-${i + 1}${extension}`, text }));
}
