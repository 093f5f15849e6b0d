import { stringify } from 'yaml';

/**
 * YAML that every reader takes the same way. Kubernetes and cloud-init read YAML 1.1, where a bare `yes` or `off` is
 * a boolean; so such texts are quoted. Long values stay on one line.
 */
export function toYaml(value: unknown): string {
  return stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}
