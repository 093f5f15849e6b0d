/** Where an object is, as the path of a request says it. */
import { z } from 'zod';
import { objectName } from '../model/fields.js';

/** An object of a tenant: `/tenants/{tenant}/configs/{name}`. */
export interface InTenant {
  tenant: string;
  name: string;
}

/** An object in a cluster's namespace: `/clusters/{cluster}/instances/{name}`. */
export interface InCluster {
  cluster: string;
  name: string;
}

/** Parameters `:tenant` and `:<parameter>` of a handler as one value. */
export function inTenant(parameter: string) {
  const path = pathWith('tenant', parameter);
  return { schema: path.transform(([tenant, name]): InTenant => ({ tenant, name })) };
}

/** Parameters `:cluster` and `:<parameter>` of a handler as one value. */
export function inCluster(parameter: string) {
  const path = pathWith('cluster', parameter);
  return { schema: path.transform(([cluster, name]): InCluster => ({ cluster, name })) };
}

function pathWith(owner: string, parameter: string) {
  const path = z.object({ [owner]: objectName, [parameter]: objectName });
  return path.transform(({ [owner]: first = '', [parameter]: second = '' }) => [first, second] as const);
}
