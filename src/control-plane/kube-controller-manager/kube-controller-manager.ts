import { clusterConditions } from '../../model/conditions.js';
import { disruptionBudget, workload } from '../adapt.js';
import type { Arguments } from '../arguments.js';
import { asset } from '../assets.js';
import { type Component, type ControlPlaneInput, kubernetesVersionLabel } from '../component.js';

/** Starts once the API answers: earlier it exits, and the kubelet lets it wait ten seconds and more. */
export const kubeControllerManager: Component = {
  name: 'kube-controller-manager',
  conditionType: clusterConditions.controllerManager,
  dependencies: ['kube-apiserver'],
  workload: { kind: 'Deployment', name: 'kube-controller-manager' },
  readsOnce: ['ca', 'sa'],
  version: kubernetesVersionLabel,
  render: (input) => [
    asset('kube-controller-manager/network-policy.yaml'),
    ...disruptionBudget('kube-controller-manager', input),
    workload(kubeControllerManager, input, flags(input)),
  ],
};

/** Those that are on by default, and the two that join tokens need. */
const CONTROLLERS = ['*', 'bootstrapsigner', 'tokencleaner'];

function flags({ cluster: { name, spec }, plan }: ControlPlaneInput): Arguments {
  const { disabledControllers = [] } = plan.controllerManager;
  return {
    controllers: [...CONTROLLERS, ...disabledControllers.map((one) => `-${one}`)].join(','),
    'cluster-name': name,
    'cluster-cidr': spec.network.podCIDR,
    'service-cluster-ip-range': spec.network.serviceCIDR,
  };
}
