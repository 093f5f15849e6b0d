import { type Addon, imageOf, manifests, withWorkload } from './addon.js';

/** Gathers the figures of kubelets for `kubectl top` and autoscalers, as an API of its own behind the API server. */
export const metricsServer: Addon = {
  name: 'metricsServer',
  workload: { kind: 'Deployment', name: 'metrics-server' },
  isOn: ({ settings }) => settings.metricsServer?.enabled !== false,
  render: (input) =>
    withWorkload(manifests('metrics-server.yaml'), imageOf('metricsServer', input), ({ spec }) => {
      spec.replicas = input.settings.metricsServer?.replicas ?? spec.replicas;
    }),
};
