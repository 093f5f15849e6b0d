/** Shapes of requests about nodes and of their answers. */
import { z } from 'zod';

/** DNS-1123 subdomain, as Node names are. */
export const nodeName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, 'must be the name of a node');

export const nodeAnswer = z
  .strictObject({
    name: z.string(),
    state: z.enum(['Ready', 'NotReady', 'Vanished']),
    message: z.string().optional(),
    schedulable: z.boolean(),
    kubeletVersion: z.string().optional(),
    address: z.string().optional(),
    createdAt: z.iso.datetime().optional(),
    pods: z.int().min(0),
    conditions: z.array(
      z.strictObject({
        type: z.string(),
        status: z.string(),
        reason: z.string().optional(),
        message: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'Node', description: 'A machine of a hosted cluster.' });

export const nodeList = z.strictObject({ items: z.array(nodeAnswer) }).meta({ id: 'NodeList' });

export const nodePatch = z
  .strictObject({ schedulable: z.boolean().describe('False: no new pods come to the node.') })
  .meta({ id: 'NodePatch' });
export type NodePatch = z.output<typeof nodePatch>;

export const drainRequest = z
  .strictObject({
    force: z.boolean().default(false).describe('Evict pods that nobody would make again, too.'),
    deleteEmptyDirData: z
      .boolean()
      .default(false)
      .describe('Evict pods whose emptyDir volumes go with them, too.'),
  })
  .prefault({})
  .meta({ id: 'DrainRequest' });
export type DrainRequest = z.output<typeof drainRequest>;

export const drainAnswer = z
  .strictObject({
    evicted: z.array(z.string()).describe('Pods that were asked to leave just now: namespace/name.'),
    remaining: z
      .array(
        z.strictObject({
          namespace: z.string(),
          name: z.string(),
          reason: z.enum(['Terminating', 'DisruptionBudget', 'Unmanaged', 'LocalData', 'Refused']),
          message: z.string(),
        }),
      )
      .describe('Pods that are still there, and why.'),
  })
  .meta({ id: 'Drain' });

/** Schemas that answers refer to by their id. */
export const nodeAnswers: readonly z.ZodType[] = [nodeAnswer, nodeList, drainAnswer];
