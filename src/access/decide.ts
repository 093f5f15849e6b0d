import { BerthError } from '../core/errors.js';
import { type Identity, OPERATORS } from './identity.js';

/** What is asked to be done, in the words of Kubernetes. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete' | 'impersonate';

/** To what it is asked to be done. */
export interface ResourceAttributes {
  /** Plural of the kind, with the subresource behind a slash: `clusters`, `clusters/kubeconfig`. */
  resource: string;
  /** Absent for lists and creates. */
  name?: string;
  /** Tenant the object belongs to, when it belongs to one. */
  tenant?: string;
}

export type Decision = { allowed: true } | { allowed: false; reason: string };

/** The policy: operators may do everything, nobody else anything. Every request comes through here. */
export function decide(identity: Identity, verb: Verb, on: ResourceAttributes): Decision {
  if (identity.groups.includes(OPERATORS)) return { allowed: true };
  const object = on.name === undefined ? on.resource : `${on.resource} "${on.name}"`;
  return { allowed: false, reason: `${identity.name} may not ${verb} ${object}` };
}

/** Throws Forbidden (403) unless the policy allows it. */
export function authorize(identity: Identity, verb: Verb, on: ResourceAttributes): void {
  const decision = decide(identity, verb, on);
  if (decision.allowed) return;
  throw new BerthError('Forbidden', `${decision.reason}.`, {
    status: 403,
    next: 'Ask an operator of the installation for the right to do this.',
  });
}
