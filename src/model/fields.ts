/** Field types that several kinds share, with the Kubernetes rules they follow. */
import { z } from 'zod';

/**
 * A DNS-1123 label that still fits once it is part of a namespace (`berth-c-` + name, at most 63 characters) and
 * of a host name. Starts with a letter so that it is a valid Service name as well (RFC 1035).
 */
export const objectName = z
  .string()
  .max(40)
  .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/, 'must be lower-case letters, digits and "-", start with a letter');

/** `1.36.3`: a Kubernetes release without the leading v. */
export const kubernetesVersion = z
  .string()
  .regex(/^1\.(0|[1-9]\d?)\.(0|[1-9]\d?)(-[a-z0-9][a-z0-9.-]{0,30})?$/, 'must look like 1.36.3');

/** A Kubernetes resource quantity: `250m`, `64Mi`, `2Gi`. */
export const quantity = z
  .string()
  .regex(/^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/, 'must be a Kubernetes quantity such as 250m or 64Mi');

/** IPv4 network in CIDR form. Whether it is a network address and large enough is checked by network.ts. */
export const cidr = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, 'must be an IPv4 network such as 10.96.0.0/16');

export const hostName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/,
    'must be a lower-case DNS name with at least one dot',
  );

/** Command line flags of a component, without the leading dashes. A list repeats the flag. */
export const extraArgs = z
  .record(
    z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be a flag name without leading dashes'),
    z.union([z.string().max(4096), z.array(z.string().max(4096)).max(50)]),
  )
  .meta({ 'x-kubernetes-preserve-unknown-fields': true });

export const resources = z.strictObject({
  requests: z.strictObject({ cpu: quantity, memory: quantity }),
  limits: z.strictObject({ cpu: quantity.optional(), memory: quantity.optional() }).optional(),
});

/** metav1.Condition. */
export const condition = z.strictObject({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  observedGeneration: z.int().min(0).optional(),
  lastTransitionTime: z.iso.datetime(),
  reason: z.string().max(1024),
  message: z.string().max(32768),
});
export type Condition = z.infer<typeof condition>;

/** An instant in RFC 3339 form. */
export const timestamp = z.iso.datetime();

/** When something happens again and again. Whether the fields are right is found out by reading it. */
export const cronSchedule = z
  .string()
  .max(100)
  .regex(/^\S+( \S+){4}$/, 'must be five fields: minute hour day-of-month month day-of-week');
