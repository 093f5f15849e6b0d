/** Kubernetes objects as raw JSON: fields we do not know stay where they are. */

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Who last set which fields; `fieldsV1` is the field tree of structured-merge-diff. */
export interface ManagedFields {
  manager?: string;
  operation?: 'Apply' | 'Update';
  apiVersion?: string;
  subresource?: string;
  time?: string;
  fieldsV1?: Record<string, unknown>;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFields[];
  [field: string]: unknown;
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** A name, in a namespace unless the kind is cluster-scoped. */
export interface ObjectRef {
  namespace?: string;
  name: string;
}

declare const objectType: unique symbol;

/** How the API serves one kind; `T` is the shape of its objects. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly [objectType]?: T;
}

/** `Json<T>`: a type of @kubernetes/client-node as it travels, with dates as text. */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Field in keyof T]: Json<T[Field]> }
      : T;

/** A built-in kind: our envelope with the fields of a type of @kubernetes/client-node. */
export type Typed<T> = KubeObject & Json<Omit<T, 'apiVersion' | 'kind' | 'metadata'>>;

/** One page, or all, of a list. `resourceVersion` is where a watch goes on from. */
export interface KubeList<T extends KubeObject = KubeObject> {
  items: T[];
  resourceVersion: string;
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';

/** A BOOKMARK's object carries a resourceVersion and nothing else of worth. */
export interface WatchEvent<T extends KubeObject = KubeObject> {
  type: WatchEventType;
  object: T;
}

/** Which objects a list or watch is about. */
export interface Scope {
  /** All namespaces unless told. */
  namespace?: string;
  /** In Kubernetes' syntax: `a=b,c in (d,e),!f`. */
  labelSelector?: string;
  fieldSelector?: string;
}

/** The key of an object: `namespace/name`, or `name` when cluster-scoped; the form work queues and caches use. */
export function keyOf(ref: ObjectRef | { metadata: ObjectRef }): string {
  const { namespace, name } = 'metadata' in ref ? ref.metadata : ref;
  return namespace ? `${namespace}/${name}` : name;
}

/** The reverse of `keyOf`. */
export function refOf(key: string): ObjectRef {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
