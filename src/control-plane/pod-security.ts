import type { V1SecurityContext } from '@kubernetes/client-node';
import type { Json } from '../kube/types.js';
import type { Container, PodSpec } from './component.js';

/**
 * The Pod Security Standard `restricted` (k8s.io/pod-security-admission v1.36), as far as a patch can break it. The
 * namespace enforces it too, but there a violation shows only as pods that never come.
 */

/** What is wrong, with its path from the pod's spec. */
export interface Violation {
  path: string;
  message: string;
}

const allowedVolumes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

const allowedProfiles = new Set(['RuntimeDefault', 'Localhost']);

type Check<T> = (value: T) => Violation[];

/** Everything that `restricted` refuses in a pod. */
export function restrictedViolations(pod: PodSpec): Violation[] {
  return [
    ...podChecks.flatMap((check) => check(pod)),
    ...containerViolations('initContainers', pod),
    ...containerViolations('containers', pod),
  ];
}

function containerViolations(field: 'containers' | 'initContainers', pod: PodSpec): Violation[] {
  return (pod[field] ?? []).flatMap((container) => {
    const found = containerChecks.flatMap((check) => check({ container, pod }));
    return found.map(({ path, message }) => ({
      path: `${field}[name=${container.name}].${path}`,
      message,
    }));
  });
}

function refuseIf(condition: boolean, path: string, message: string): Violation[] {
  return condition ? [{ path, message }] : [];
}

const podChecks: readonly Check<PodSpec>[] = [
  (spec) =>
    (['hostNetwork', 'hostPID', 'hostIPC'] as const).flatMap((field) =>
      refuseIf(spec[field] === true, field, `${field} is not allowed`),
    ),
  (spec) => (spec.volumes ?? []).flatMap(volumeViolations),
  ({ securityContext = {} }) => profileViolations(securityContext),
  ({ securityContext = {} }) =>
    refuseIf(
      (securityContext.sysctls ?? []).length > 0,
      'securityContext.sysctls',
      'sysctls are not allowed',
    ),
];

function volumeViolations({ name, ...source }: { name: string }): Violation[] {
  return Object.keys(source).flatMap((type) =>
    refuseIf(
      !allowedVolumes.has(type),
      `volumes[name=${name}].${type}`,
      `volumes of type ${type} are not allowed`,
    ),
  );
}

interface ContainerInPod {
  container: Container;
  pod: PodSpec;
}

const containerChecks: readonly Check<ContainerInPod>[] = [
  ({ container: { securityContext = {} } }) => privilegeViolations(securityContext),
  ({ container: { securityContext = {} } }) => capabilityViolations(securityContext),
  ({ container: { securityContext = {} } }) => profileViolations(securityContext),
  ({ container, pod }) => userViolations({ ...pod.securityContext, ...container.securityContext }),
  ({ container }) =>
    refuseIf(
      (container.ports ?? []).some(({ hostPort }) => Boolean(hostPort)),
      'ports',
      'host ports are not allowed',
    ),
  ({ container: { livenessProbe, readinessProbe, startupProbe } }) =>
    refuseIf(
      [livenessProbe, readinessProbe, startupProbe].some(
        (probe) => probe?.httpGet?.host ?? probe?.tcpSocket?.host,
      ),
      'livenessProbe',
      'probes may not name a host',
    ),
];

type SecurityContext = Json<V1SecurityContext>;

function privilegeViolations(context: SecurityContext): Violation[] {
  return [
    ...refuseIf(context.privileged === true, 'securityContext.privileged', 'privileged is not allowed'),
    ...refuseIf(
      context.allowPrivilegeEscalation !== false,
      'securityContext.allowPrivilegeEscalation',
      'allowPrivilegeEscalation must be false',
    ),
    ...refuseIf(
      (context.procMount ?? 'Default') !== 'Default',
      'securityContext.procMount',
      'procMount must be Default',
    ),
  ];
}

function capabilityViolations({ capabilities = {} }: SecurityContext): Violation[] {
  const added = [capabilities.add ?? []].flat().filter((name) => name !== 'NET_BIND_SERVICE');
  return [
    ...refuseIf(
      ![capabilities.drop ?? []].flat().includes('ALL'),
      'securityContext.capabilities.drop',
      'capabilities must drop ALL',
    ),
    ...refuseIf(
      added.length > 0,
      'securityContext.capabilities.add',
      `capabilities ${added.join(', ')} are not allowed`,
    ),
  ];
}

/** Profiles may be absent where the other level, pod or container, sets them; ours are set on the pod. */
function profileViolations(
  context: Pick<SecurityContext, 'seccompProfile' | 'appArmorProfile' | 'seLinuxOptions' | 'windowsOptions'>,
): Violation[] {
  const profiles = (['seccompProfile', 'appArmorProfile'] as const).flatMap((field) => {
    const type = context[field]?.type;
    return refuseIf(
      type !== undefined && !allowedProfiles.has(type),
      `securityContext.${field}`,
      `${field} must be RuntimeDefault or Localhost`,
    );
  });
  return [
    ...profiles,
    ...refuseIf(
      Boolean(context.seLinuxOptions?.user ?? context.seLinuxOptions?.role),
      'securityContext.seLinuxOptions',
      'seLinuxOptions may not set user or role',
    ),
    ...refuseIf(
      context.windowsOptions?.hostProcess === true,
      'securityContext.windowsOptions.hostProcess',
      'hostProcess is not allowed',
    ),
  ];
}

/** `context` is what holds for the container: its own settings over the pod's. */
function userViolations(context: SecurityContext): Violation[] {
  return [
    ...refuseIf(context.runAsNonRoot !== true, 'securityContext.runAsNonRoot', 'runAsNonRoot must be true'),
    ...refuseIf(context.runAsUser === 0, 'securityContext.runAsUser', 'runAsUser may not be 0'),
    ...refuseIf(
      context.seccompProfile === undefined,
      'securityContext.seccompProfile',
      'a seccomp profile is needed: RuntimeDefault or Localhost',
    ),
  ];
}
