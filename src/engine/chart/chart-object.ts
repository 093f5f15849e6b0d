import { GoMap, GoObject, type Value, listOf, nilList, stringList, stringMap } from '../value.js';
import type { Dependency, Maintainer, Metadata } from './metadata.js';
import { type Member, Struct } from './struct.js';

function texts(list: readonly string[] | undefined): Value {
  return list === undefined ? nilList('[]string') : stringList(list);
}

function annotationsOf(annotations: ReadonlyMap<string, string> | undefined): Value {
  const map = stringMap(annotations);
  if (annotations === undefined) map.isNil = true;
  return map;
}

function maintainerObject({ name, email, url }: Maintainer): Value {
  return new Struct('*chart.Maintainer', 'ptr', [
    ['Name', 'name', name],
    ['Email', 'email', email],
    ['URL', 'url', url],
  ]);
}

function dependencyObject(dependency: Dependency): Value {
  const members: Member[] = [
    ['Name', 'name', dependency.name, 'always'],
    ['Version', 'version', dependency.version],
    ['Repository', 'repository', dependency.repository, 'always'],
    ['Condition', 'condition', dependency.condition],
    ['Tags', 'tags', stringList(dependency.tags)],
    ['Enabled', 'enabled', dependency.enabled],
    ['ImportValues', 'import-values', [...dependency.importValues]],
    ['Alias', 'alias', dependency.alias],
  ];
  return new Struct('*chart.Dependency', 'ptr', members);
}

function pointers(type: string, items: readonly Value[] | undefined): Value {
  return items === undefined ? nilList(`[]${type}`) : listOf(`[]${type}`, items);
}

function metadataMembers(metadata: Metadata): Member[] {
  return [
    ['Name', 'name', metadata.name],
    ['Home', 'home', metadata.home],
    ['Sources', 'sources', texts(metadata.sources)],
    ['Version', 'version', metadata.version],
    ['Description', 'description', metadata.description],
    ['Keywords', 'keywords', texts(metadata.keywords)],
    [
      'Maintainers',
      'maintainers',
      pointers('*chart.Maintainer', metadata.maintainers?.map(maintainerObject)),
    ],
    ['Icon', 'icon', metadata.icon],
    ['APIVersion', 'apiVersion', metadata.apiVersion],
    ['Condition', 'condition', metadata.condition],
    ['Tags', 'tags', metadata.tags],
    ['AppVersion', 'appVersion', metadata.appVersion],
    ['Deprecated', 'deprecated', metadata.deprecated],
    ['Annotations', 'annotations', annotationsOf(metadata.annotations)],
    ['KubeVersion', 'kubeVersion', metadata.kubeVersion],
    [
      'Dependencies',
      'dependencies',
      pointers('*chart.Dependency', metadata.dependencies?.map(dependencyObject)),
    ],
    ['Type', 'type', metadata.type],
  ];
}

/** `.Chart`: the fields of Chart.yaml, and whether the chart is the top one. */
export class ChartObject extends GoObject {
  readonly type = 'struct { chart.Metadata; IsRoot bool }';
  readonly kind = 'struct';
  readonly #metadata: Struct;

  constructor(
    metadata: Metadata,
    private readonly isRoot: boolean,
  ) {
    super();
    this.#metadata = new Struct('chart.Metadata', 'struct', metadataMembers(metadata));
  }

  override fields(): readonly (readonly [string, Value])[] {
    return [
      ['Metadata', this.#metadata],
      ['IsRoot', this.isRoot],
    ];
  }

  /** Fields of the embedded metadata count as the struct's own. */
  override field(name: string): Value | undefined {
    return super.field(name) ?? this.#metadata.field(name);
  }

  override toData(): Value {
    const data = this.#metadata.toData();
    return new Map<string, Value>([...(data instanceof Map ? data : new GoMap('')), ['IsRoot', this.isRoot]]);
  }
}
