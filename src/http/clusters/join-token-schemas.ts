/** Shapes of requests for join tokens and of their answers. */
import { z } from 'zod';
import { JOIN_TOKEN_TTL } from '../../nodes/join-token.js';
import { labelValue, qualifiedName } from '../fields.js';

/**
 * The kubelet may give itself labels of its own and of these prefixes; NodeRestriction refuses what could be taken
 * for a promise of the cluster, such as node-role.kubernetes.io/.
 */
const SELF_ASSIGNED =
  /^([-a-z0-9.]+\.)?(node|kubelet)\.kubernetes\.io\/|^topology\.kubernetes\.io\/(zone|region)$/;
const RESERVED = /^([-a-z0-9.]+\.)?(kubernetes|k8s)\.io\//;

const nodeLabel = qualifiedName.refine(
  (key) => SELF_ASSIGNED.test(key) || !RESERVED.test(key),
  'a node may not give itself this label; set it with kubectl when the node has joined',
);

const taint = z.strictObject({
  key: qualifiedName,
  value: labelValue.optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
});

const grant = {
  description: z.string().max(200).optional().describe('What it is for.'),
  labels: z.record(nodeLabel, labelValue).optional().describe('Labels of the nodes that join with it.'),
  taints: z.array(taint).max(20).optional().describe('Taints they join with.'),
  usageLimit: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('Most nodes that may join with it; any number unless told.'),
};

export const joinTokenRequest = z
  .strictObject({
    ttlSeconds: z
      .int()
      .min(JOIN_TOKEN_TTL.min)
      .max(JOIN_TOKEN_TTL.max)
      .default(JOIN_TOKEN_TTL.default)
      .describe('Life of the token in seconds.'),
    ...grant,
  })
  .prefault({})
  .meta({ id: 'JoinTokenRequest' });
export type JoinTokenRequestBody = z.output<typeof joinTokenRequest>;

export const joinTokenId = z.string().regex(/^[a-z0-9]{6}$/, 'must be the six characters before the dot');

export const joinTokenAnswer = z
  .strictObject({
    id: z.string(),
    createdBy: z.string().optional(),
    createdAt: z.iso.datetime().optional(),
    expiresAt: z.string().optional(),
    ...grant,
    labels: z.record(z.string(), z.string()).optional(),
    usedBy: z.array(z.string()).describe('Nodes that joined with it; counted for tokens with a limit.'),
  })
  .meta({ id: 'JoinToken', description: 'A token with which machines join, without its secret half.' });

export const joinTokenList = z
  .strictObject({ items: z.array(joinTokenAnswer) })
  .meta({ id: 'JoinTokenList' });
export type JoinTokenListAnswer = z.output<typeof joinTokenList>;

export const newJoinTokenAnswer = z
  .strictObject({
    ...joinTokenAnswer.shape,
    cluster: z.string(),
    token: z.string().describe('Shown this once. Whoever has it can add machines to the cluster.'),
    server: z.string().describe('host:port that machines dial.'),
    caCertHash: z.string().describe("Digest of the authority's key, by which machines know the cluster."),
    kubernetesVersion: z.string().describe('Of the masters: take kubeadm and kubelet of this minor.'),
    commands: z.strictObject({
      kubeadm: z.string().describe('For a machine that has kubeadm, kubelet and a container runtime.'),
      shell: z.string().describe('For any machine: one line that installs what is missing.'),
      cloudInit: z.string().describe('User data for a machine that is about to be made.'),
    }),
  })
  .meta({ id: 'NewJoinToken' });
export type NewJoinTokenAnswer = z.output<typeof newJoinTokenAnswer>;

/** Schemas that answers refer to by their id. */
export const joinTokenAnswers: readonly z.ZodType[] = [joinTokenAnswer, joinTokenList, newJoinTokenAnswer];
