import { TemplateError } from '../errors.js';
import { quote } from '../fmt/quote.js';
import { textArgument } from '../functions/convert.js';
import { GoObject, type GoFunction, type Value, fn, int, stringList } from '../value.js';
import { Struct } from './struct.js';

/** The API versions Helm 3.22 knows without a cluster. */
export const KNOWN_API_VERSIONS: readonly string[] = [
  'v1',
  ...versions('admissionregistration.k8s.io', 'v1', 'v1alpha1', 'v1beta1'),
  ...versions('internal.apiserver.k8s.io', 'v1alpha1'),
  ...versions('apps', 'v1', 'v1beta1', 'v1beta2'),
  ...versions('authentication.k8s.io', 'v1', 'v1alpha1', 'v1beta1'),
  ...versions('authorization.k8s.io', 'v1', 'v1beta1'),
  ...versions('autoscaling', 'v1', 'v2'),
  ...versions('batch', 'v1', 'v1beta1'),
  ...versions('certificates.k8s.io', 'v1', 'v1beta1', 'v1alpha1'),
  ...versions('coordination.k8s.io', 'v1alpha2', 'v1beta1', 'v1'),
  ...versions('discovery.k8s.io', 'v1', 'v1beta1'),
  ...versions('events.k8s.io', 'v1', 'v1beta1'),
  ...versions('extensions', 'v1beta1'),
  ...versions('flowcontrol.apiserver.k8s.io', 'v1', 'v1beta1', 'v1beta2', 'v1beta3'),
  ...versions('lifecycle.k8s.io', 'v1alpha1'),
  ...versions('networking.k8s.io', 'v1', 'v1beta1'),
  ...versions('node.k8s.io', 'v1', 'v1alpha1', 'v1beta1'),
  ...versions('policy', 'v1', 'v1beta1'),
  ...versions('rbac.authorization.k8s.io', 'v1', 'v1beta1', 'v1alpha1'),
  ...versions('resource.k8s.io', 'v1', 'v1beta2', 'v1beta1', 'v1alpha3'),
  ...versions('scheduling.k8s.io', 'v1alpha3', 'v1beta1', 'v1'),
  ...versions('storage.k8s.io', 'v1beta1', 'v1', 'v1alpha1'),
  ...versions('storagemigration.k8s.io', 'v1', 'v1beta1'),
  ...versions('apiextensions.k8s.io', 'v1beta1', 'v1'),
];

function versions(group: string, ...names: string[]): string[] {
  return names.map((name) => `${group}/${name}`);
}

/** What the target cluster can do. */
export interface CapabilitiesOptions {
  /** Version of the cluster, such as `v1.36.3`. */
  kubeVersion?: string;
  /** Instead of `KNOWN_API_VERSIONS`: `group/version` and `group/version/Kind`. */
  apiVersions?: readonly string[];
  /** What `.Capabilities.HelmVersion.Version` says. */
  helmVersion?: string;
}

const DEFAULT_KUBE_VERSION = 'v1.37.0';
/** The Helm the engine follows, byte for byte. */
export const HELM_VERSION = 'v3.22.0';
const GO_VERSION = 'go1.26.8';

class KubeVersion extends Struct {
  constructor(
    private readonly version: string,
    major: string,
    minor: string,
  ) {
    super('chartutil.KubeVersion', 'struct', [
      ['Version', 'Version', version],
      ['Major', 'Major', major],
      ['Minor', 'Minor', minor],
    ]);
  }

  override toText(): string {
    return this.version;
  }

  override method(name: string): GoFunction | undefined {
    return name === 'String' || name === 'GitVersion' ? fn(name, [], () => this.version) : undefined;
  }
}

function buildInfo(version: string): Struct {
  return new Struct('version.BuildInfo', 'struct', [
    ['Version', 'version', version],
    ['GitCommit', 'git_commit', ''],
    ['GitTreeState', 'git_tree_state', ''],
    ['GoVersion', 'go_version', GO_VERSION],
  ]);
}

class VersionSet extends GoObject {
  readonly type = 'chartutil.VersionSet';
  readonly kind = 'slice';
  readonly #known: ReadonlySet<string>;

  constructor(private readonly items: readonly string[]) {
    super();
    this.#known = new Set(items);
  }

  override entries(): readonly (readonly [Value, Value])[] {
    return this.items.map((item, i) => [int(i), item] as const);
  }

  override method(name: string): GoFunction | undefined {
    return name === 'Has'
      ? fn(name, ['string'], ([version]) => this.#known.has(textArgument(version)))
      : undefined;
  }

  override toData(): Value {
    return stringList(this.items);
  }
}

/** `.Capabilities`. */
export class Capabilities extends GoObject {
  readonly type = '*chartutil.Capabilities';
  readonly kind = 'ptr';
  readonly #fields: readonly (readonly [string, Value])[];

  constructor(
    /** With `v`: `v1.36.3`. */
    readonly kubeVersion: string,
    members: { kube: KubeVersion; apis: VersionSet; helm: Struct },
  ) {
    super();
    this.#fields = [
      ['KubeVersion', members.kube],
      ['APIVersions', members.apis],
      ['HelmVersion', members.helm],
    ];
  }

  override fields(): readonly (readonly [string, Value])[] {
    return this.#fields;
  }
}

/** Throws TemplateError ValuesInvalid when the cluster's version cannot be read. */
export function capabilitiesOf(options: CapabilitiesOptions = {}): Capabilities {
  const wanted = options.kubeVersion ?? DEFAULT_KUBE_VERSION;
  const match = /^\s*v?(0|[1-9]\d*)\.(0|[1-9]\d*)((?:\.(?:0|[1-9]\d*))*)/.exec(wanted);
  if (match === null) throw new TemplateError('ValuesInvalid', `invalid kube version ${quote(wanted)}`);
  const [, major = '0', minor = '0', rest = ''] = match;
  const version = `v${major}.${minor}${rest}`;
  return new Capabilities(version, {
    kube: new KubeVersion(version, major, minor),
    apis: new VersionSet(options.apiVersions ?? KNOWN_API_VERSIONS),
    helm: buildInfo(options.helmVersion ?? HELM_VERSION),
  });
}
