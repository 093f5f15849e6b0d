import { FunctionError } from '../errors.js';
import { type GoFunction, type Value, fn } from '../value.js';
import { anyArgument, textArgument } from './convert.js';

const ANY = 'interface {}';

/** The chart's author asked for this failure: Helm shows the message alone, with the outermost place. */
export class RequestedFailure extends FunctionError {}

function required(message: Value | undefined, value: Value | undefined): Value {
  if (value === undefined || value === null || value === '')
    throw new RequestedFailure(textArgument(message));
  return value;
}

/** Helm's own functions that reach outside the template: other templates, the cluster, required values. */
export const helmFunctions: readonly GoFunction[] = [
  fn('include', ['string', ANY], ([name, data], context) =>
    context.include(textArgument(name), anyArgument(data)),
  ),
  fn('tpl', ['string', ANY], ([text, data], context) => context.tpl(textArgument(text), anyArgument(data))),
  fn('required', ['string', ANY], ([message, value]) => required(message, value)),
  fn(
    'lookup',
    ['string', 'string', 'string', 'string'],
    ([apiVersion, kind, namespace, name], { environment }) => {
      const { lookup } = environment;
      if (lookup === undefined) return new Map<string, Value>();
      return lookup(
        textArgument(apiVersion),
        textArgument(kind),
        textArgument(namespace),
        textArgument(name),
      );
    },
  ),
  fn('fail', ['string'], ([message]) => {
    throw new RequestedFailure(textArgument(message));
  }),
  // Without a DNS of its own, as in `helm template` without --enable-dns.
  fn('getHostByName', ['string'], () => ''),
];
