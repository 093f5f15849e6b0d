import { clusterConditions } from '../../model/conditions.js';
import { disruptionBudget, workload } from '../adapt.js';
import { asset } from '../assets.js';
import { type Component, kubernetesVersionLabel } from '../component.js';

/** Starts once the API answers, like the controller-manager. */
export const kubeScheduler: Component = {
  name: 'kube-scheduler',
  conditionType: clusterConditions.scheduler,
  dependencies: ['kube-apiserver'],
  workload: { kind: 'Deployment', name: 'kube-scheduler' },
  // Its kubeconfig holds the authority.
  readsOnce: ['ca'],
  version: kubernetesVersionLabel,
  render: (input) => [
    asset('kube-scheduler/network-policy.yaml'),
    ...disruptionBudget('kube-scheduler', input),
    workload(kubeScheduler, input, {}),
  ],
};
