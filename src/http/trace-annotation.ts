import { logContext } from '../core/logging.js';
import { annotations } from '../model/names.js';

/** Says on an object which trace the present request is in, so that work done for it later can tell. */
export function traceAnnotation(): Record<string, string> {
  const { traceId } = logContext();
  return traceId === undefined ? {} : { [annotations.trace]: String(traceId) };
}
