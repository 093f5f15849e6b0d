import { remembered } from '../core/remembered.js';
import type { KubeObject } from '../kube/types.js';
import type { SecretContent } from '../pki/secrets.js';

/** Secrets as the API has them, to and from the clear text that pki works with. */

/** A Secret with its data encoded, the form in which the API gives it back, so that drift can be told. */
export function secretObject({ name, type, data }: SecretContent, namespace: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type,
    data: Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    ),
  };
}

/** Data of a Secret in clear text; undefined when there is no Secret. The same object for the same Secret. */
export function secretData(secret: KubeObject | undefined): Readonly<Record<string, string>> | undefined {
  return secret && decoded(secret);
}

const decoded = remembered((secret: KubeObject): Readonly<Record<string, string>> => {
  const data = (secret['data'] ?? {}) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(data).map(([key, encoded]) => [key, Buffer.from(encoded, 'base64').toString()]),
  );
});
