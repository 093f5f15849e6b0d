/** Field types of requests that Kubernetes checks too, with its rules. */
import { z } from 'zod';
import { GROUP } from '../model/names.js';

// Qualified name: an optional DNS prefix, then a name of at most 63 characters (Kubernetes, labels and annotations).
const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const QUALIFIED = new RegExp(`^(${LABEL}(\\.${LABEL})*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`);
export const qualifiedName = z
  .string()
  .max(253)
  .regex(QUALIFIED, 'must be a name, with a DNS prefix and a slash before it if you like')
  .refine((key) => !key.startsWith(`${GROUP}/`), `the prefix ${GROUP}/ is reserved`);
export const labelValue = z
  .string()
  .regex(
    /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
    'must be at most 63 letters, digits, -, _ and .',
  );
