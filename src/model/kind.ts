/** How one kind of Berth's API is described: the source of its TypeScript type, CRD, OpenAPI schema and form. */
import type { z } from 'zod';
import type { KubeObject } from '../kube/types.js';
import { API_VERSION } from './names.js';

export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'date' | 'boolean';
  jsonPath: string;
  description?: string;
  /** 0 is always shown, larger only in wide output. */
  priority?: number;
}

/** A CEL rule of the CRD (`x-kubernetes-validations`), placed at the root, the spec or deeper by the schema itself. */
export interface Rule {
  rule: string;
  message: string;
  [field: string]: unknown;
}

export interface KindDefinition<Spec extends z.ZodType = z.ZodType, Status extends z.ZodType = z.ZodType> {
  kind: string;
  plural: string;
  shortNames?: string[];
  namespaced: boolean;
  description: string;
  spec: Spec;
  status: Status;
  columns: PrinterColumn[];
  rules?: Rule[];
}

/** A custom resource as the API server returns it: spec with defaults filled in, status absent until first written. */
export interface BerthObject<Kind extends string, Spec, Status> extends KubeObject {
  apiVersion: typeof API_VERSION;
  kind: Kind;
  spec: Spec;
  status?: Status;
}

export function defineKind<Spec extends z.ZodType, Status extends z.ZodType>(
  definition: KindDefinition<Spec, Status>,
): KindDefinition<Spec, Status> {
  return definition;
}
