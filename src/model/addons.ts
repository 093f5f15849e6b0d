/** What Berth keeps on the nodes of a cluster, and the tunnel to them: parts of the Cluster. */
import { z } from 'zod';

export const strategicPatch = z
  .record(z.string(), z.unknown())
  .meta({ 'x-kubernetes-preserve-unknown-fields': true })
  .describe('A strategic merge patch: containers, volumes and ports merge by their keys, null deletes.');

const enabled = z.boolean().optional().describe('Absent: true. Off: the addon is removed, bring your own.');
const image = z.string().min(1).max(500).optional().describe('Instead of the official image of the version.');
const replicas = z.int().min(1).max(20).optional();

/** A change to one object of the addons. */
const addonPatch = z.strictObject({
  target: z.strictObject({
    kind: z.enum(['Deployment', 'DaemonSet', 'Service', 'ConfigMap', 'ServiceAccount']),
    name: z.string().min(1).max(253),
  }),
  patch: strategicPatch,
});

const cniSpec = z.strictObject({
  type: z
    .enum(['flannel', 'none'])
    .optional()
    .describe('Absent: flannel. none: nodes stay NotReady until you install a CNI of your own.'),
  backend: z
    .enum(['vxlan', 'host-gw'])
    .optional()
    .describe(
      'How flannel carries what goes from node to node. Absent: vxlan, which takes plain routes between nodes of one ' +
        'subnet and tunnels between subnets. host-gw: plain routes only, for nodes in one subnet.',
    ),
  image,
});

export const addonsSpec = z.strictObject({
  imageRegistry: z
    .string()
    .max(255)
    .regex(
      /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*$/,
      'must be a registry such as mirror.example or mirror.example:5000/kubernetes',
    )
    .optional()
    .describe('A mirror that stands in for the hosts of all official images of the addons.'),
  cni: cniSpec.optional().describe('Connects pods.'),
  kubeProxy: z
    .strictObject({
      enabled,
      image,
      config: z
        .record(z.string(), z.unknown())
        .meta({ 'x-kubernetes-preserve-unknown-fields': true })
        .optional()
        .describe('Merged into its KubeProxyConfiguration; null removes.'),
    })
    .optional()
    .describe('Makes Services reachable on nodes.'),
  coreDNS: z
    .strictObject({
      enabled,
      image,
      replicas: replicas.describe('Absent: 2.'),
      corefile: z.string().max(20_000).optional().describe('Instead of the usual one.'),
    })
    .optional()
    .describe('DNS for Services and pods.'),
  metricsServer: z
    .strictObject({ enabled, image, replicas: replicas.describe('Absent: 1.') })
    .optional()
    .describe('Figures for `kubectl top` and autoscalers.'),
  patches: z
    .array(addonPatch)
    .max(50)
    .optional()
    .describe('Changes to the objects of the addons, applied last.'),
});

export const konnectivitySpec = z.strictObject({
  enabled: z.boolean().default(false).describe('On: all that the API server sends to nodes goes through it.'),
  serverImage: image,
  agentImage: image,
});
