import { BerthError } from '../core/errors.js';

/** Throws ConfirmationRequired (400) unless the name was typed once more. */
export function requireConfirmation(name: string, confirm: string | undefined): void {
  if (confirm === name) return;
  throw new BerthError('ConfirmationRequired', `Deleting "${name}" needs ?confirm=${name}.`, {
    status: 400,
    fields: [{ path: 'confirm', message: `must be ${name}` }],
    next: `Send DELETE with ?confirm=${name} when nothing of it is needed any more.`,
  });
}
