import { fromBytes } from '../bytes.js';
import type { Value } from '../value.js';
import type { Metadata } from './metadata.js';

/** A file of a chart: its path from the chart's root, with `/`, and its bytes. */
export class ChartFile {
  #text: string | undefined;

  constructor(
    readonly name: string,
    readonly data: Uint8Array,
  ) {}

  /** The bytes as a Go string. */
  get text(): string {
    this.#text ??= fromBytes(this.data);
    return this.#text;
  }
}

export interface ChartParts {
  metadata: Metadata;
  /** `templates/…` */
  templates: readonly ChartFile[];
  /** Everything that is not a template, subchart or file Helm knows by name. */
  files: readonly ChartFile[];
  /** `values.yaml`; undefined when the chart has none. */
  values: Map<string, Value> | undefined;
  /** `values.schema.json`. */
  schema: ChartFile | undefined;
  dependencies: readonly Chart[];
}

/**
 * A chart as Helm loads it. Nothing is ever changed in place: what depends on values (enabled subcharts,
 * aliases, imported values) is a new tree made by `processDependencies`, so one loaded chart serves any number
 * of renders.
 */
export class Chart {
  readonly metadata: Metadata;
  readonly templates: readonly ChartFile[];
  readonly files: readonly ChartFile[];
  readonly values: Map<string, Value> | undefined;
  readonly schema: ChartFile | undefined;
  readonly dependencies: readonly Chart[];

  constructor(parts: ChartParts) {
    this.metadata = parts.metadata;
    this.templates = parts.templates;
    this.files = parts.files;
    this.values = parts.values;
    this.schema = parts.schema;
    this.dependencies = parts.dependencies;
  }

  get name(): string {
    return this.metadata.name;
  }

  get isLibrary(): boolean {
    return this.metadata.type.toLowerCase() === 'library';
  }

  /** A copy with some parts replaced. */
  with(parts: Partial<ChartParts>): Chart {
    const { metadata, templates, files, values, schema, dependencies } = this;
    return new Chart({ metadata, templates, files, values, schema, dependencies, ...parts });
  }
}
