/** Shapes of requests about etcd. */
import { z } from 'zod';

export const memberParam = z.string().regex(/^etcd-[0-9]$/, 'must be etcd-0, etcd-1 and so on');

export const defragmentRequest = z
  .strictObject({ reason: z.string().max(1000).optional() })
  .prefault({})
  .meta({ id: 'DefragmentRequest' });
export type DefragmentRequest = z.output<typeof defragmentRequest>;

export const replaceMemberRequest = z
  .strictObject({
    reason: z.string().max(1000).optional(),
    confirm: z.string().max(100).optional().describe('The name of the member: its volume is deleted.'),
  })
  .prefault({})
  .meta({ id: 'ReplaceMemberRequest' });
export type ReplaceMemberRequest = z.output<typeof replaceMemberRequest>;
