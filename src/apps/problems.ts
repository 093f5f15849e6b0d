import { BerthError, type FieldProblem } from '../core/errors.js';

/** What is saved is wrong: every problem at once. Gives nothing when there is none. */
export function refuseProblems(
  code: 'ConfigInvalid' | 'TemplateInvalid' | 'ApplicationInvalid' | 'ImportInvalid',
  problems: readonly FieldProblem[],
): void {
  const [first, ...others] = problems;
  if (!first) return;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  throw new BerthError(code, `${first.path}: ${first.message.replace(/\.$/, '')}${more}.`, {
    status: 422,
    fields: [...problems],
    next: 'Correct what errors lists and send it again; nothing was saved.',
  });
}
