import { digestOf } from '../../core/digest.js';
import type { KubeObject } from '../../kube/types.js';
import type { VersionRef } from '../../model/instance.js';
import { annotations } from '../../model/names.js';
import type { TemplateContent } from '../../model/template.js';
import type { ConfigValues } from '../configs/values.js';
import { podTemplatesOf } from '../templates/pods.js';
import { redact, renderService, secretTexts } from '../templates/render.js';
import { VERSION_KEY } from '../templates/sinks.js';
import type { InstanceFacts, Redact, RenderedInstance, Renderer, ServiceOrder } from './rendering.js';

/** Where versions come from. They never change, so whoever reads them keeps them. */
export interface VersionReader {
  template(tenant: string, ref: VersionRef): Promise<TemplateContent>;
  config(tenant: string, ref: VersionRef): Promise<ConfigValues>;
}

/** Renders of instances kept: the services of one instance are published one after the other. */
const KEPT_RENDERS = 64;
const NO_CONFIG: ConfigValues = { config: '', version: 0, keys: [] };

/** Renders instances from the versions that are stored. */
export class StoredRenderer implements Renderer {
  readonly #recent = new Map<string, Promise<RenderedInstance>>();

  constructor(private readonly versions: VersionReader) {}

  async render(
    versions: { template: VersionRef; config?: VersionRef },
    facts: InstanceFacts,
  ): Promise<RenderedInstance> {
    const key = digestOf([versions.template, versions.config, facts]);
    const known = this.#recent.get(key);
    if (known) return known;
    const rendering = this.#render(versions, facts);
    this.#recent.set(key, rendering);
    rendering.catch(() => this.#recent.delete(key));
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > KEPT_RENDERS && oldest !== undefined) this.#recent.delete(oldest);
    return rendering;
  }

  async services(tenant: string, template: VersionRef): Promise<readonly ServiceOrder[]> {
    return (await this.versions.template(tenant, template)).services;
  }

  async redactor(tenant: string, config: VersionRef | undefined): Promise<Redact> {
    return redactorOf(config ? await this.versions.config(tenant, config) : NO_CONFIG);
  }

  async #render(
    { template, config }: { template: VersionRef; config?: VersionRef },
    { tenant, name, namespace, uid, createdMs }: InstanceFacts,
  ): Promise<RenderedInstance> {
    const [content, values] = await Promise.all([
      this.versions.template(tenant, template),
      config ? this.versions.config(tenant, config) : NO_CONFIG,
    ]);
    const facts = { release: { name, namespace }, seed: uid, now: createdMs };
    const services = content.services.map(({ name: service, dependsOn }) => {
      const { objects } = renderService(content, service, values, facts);
      return { name: service, dependsOn, objects: objects.map(withoutVersion) };
    });
    return { services, redact: redactorOf(values) };
  }
}

function redactorOf(values: ConfigValues): Redact {
  const secrets = secretTexts(values);
  return (text) => redact(text, secrets);
}

/**
 * The object without the version it was rendered with: which version an object shows is decided when it is released,
 * so that one that stays as it is keeps the version it came with.
 */
function withoutVersion(object: KubeObject): KubeObject {
  const bare = structuredClone(object);
  delete bare.metadata.annotations?.[annotations.configVersion];
  for (const pods of podTemplatesOf(bare)) pods.dropAnnotation(annotations.configVersion);
  const data = bare['data'] as Record<string, string> | undefined;
  if (bare.kind === 'ConfigMap' && data?.[VERSION_KEY] !== undefined) data[VERSION_KEY] = '';
  return bare;
}
