/** Shapes of requests about etcd. */
import { z } from 'zod';

export const defragmentRequest = z
  .strictObject({ reason: z.string().max(1000).optional() })
  .prefault({})
  .meta({ id: 'DefragmentRequest' });
export type DefragmentRequest = z.output<typeof defragmentRequest>;
