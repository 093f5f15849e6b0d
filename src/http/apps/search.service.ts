import { Injectable } from '@nestjs/common';
import type { Identity } from '../../access/identity.js';
import { clusterOf } from '../../apps/instances/instance-world.js';
import type { Config, ConfigContent } from '../../model/config.js';
import type { Template, TemplateContent } from '../../model/template.js';
import { labels, tenantNamespace } from '../../model/names.js';
import { Views } from '../views.js';
import type { SearchAnswer, SearchQuery } from './application-schemas.js';
import { ApplicationService, ofTenant } from './application.service.js';
import { ConfigService } from './config.service.js';
import { TemplateService } from './template.service.js';
import { VersionUse } from './version-use.js';

type Hit = SearchAnswer['items'][number];
type Holds = (text: string) => boolean;

const SHOWN = 200;

/** Finds a text in the newest versions of a tenant's templates and configs, and in its applications. */
@Injectable()
export class SearchService {
  constructor(
    private readonly views: Views,
    private readonly use: VersionUse,
    private readonly templates: TemplateService,
    private readonly configs: ConfigService,
    private readonly applications: ApplicationService,
  ) {}

  async search(caller: Identity, tenant: string, { q, kind, limit }: SearchQuery): Promise<SearchAnswer> {
    await this.applications.objects.enter(caller, 'list', tenant);
    const wanted = q.toLowerCase();
    const hits: Hit[] = [];
    for await (const hit of this.#hits(tenant, (text) => text.toLowerCase().includes(wanted))) {
      if (kind !== undefined && hit.kind !== kind) continue;
      if (hits.length === limit) return { items: hits, more: true };
      hits.push(hit);
    }
    return { items: hits, more: false };
  }

  async *#hits(tenant: string, holds: Holds): AsyncGenerator<Hit> {
    const own = ofTenant(tenant);
    for (const { metadata } of this.views.applications.all().filter(own)) {
      if (holds(metadata.name))
        yield { kind: 'Application', name: metadata.name, applications: [metadata.name] };
    }
    for (const template of this.views.templates.all().filter(own)) yield* this.#inTemplate(template, holds);
    for (const config of this.views.configs.all().filter(own)) yield* this.#inConfig(config, holds);
  }

  async *#inTemplate(template: Template, holds: Holds): AsyncGenerator<Hit> {
    const { name, namespace } = template.metadata;
    const applications = this.use.applications('template', namespace, name).map((one) => one.metadata.name);
    if (holds(name)) yield { kind: 'Template', name, applications };
    const { versions } = this.templates.templates;
    const latest = await versions.latest(template);
    if (latest === 0) return;
    const { content } = await versions.read(template, latest);
    for (const hit of templateHits(content, holds)) {
      const instances =
        hit.kind === 'Service' ? this.#instancesOf(namespace, applications, hit.place) : undefined;
      yield { ...hit, name, applications, ...(instances && { instances }) };
    }
  }

  /** Where a service of these applications of a tenant is. */
  #instancesOf(tenant: string | undefined, applications: readonly string[], service = '') {
    return this.views.instances
      .all()
      .filter(
        ({ metadata, spec }) =>
          tenantNamespace(metadata.labels?.[labels.tenant] ?? '') === tenant &&
          applications.includes(spec.application),
      )
      .map((instance) => ({
        cluster: clusterOf(instance),
        instance: instance.metadata.name,
        state: instance.status?.services?.[service]?.state ?? ('NotDeployed' as const),
      }));
  }

  async *#inConfig(config: Config, holds: Holds): AsyncGenerator<Hit> {
    const { name, namespace } = config.metadata;
    const applications = this.use.applications('config', namespace, name).map((one) => one.metadata.name);
    if (holds(name)) yield { kind: 'Config', name, applications };
    const { versions } = this.configs.configs;
    const latest = await versions.latest(config);
    if (latest === 0) return;
    const { content } = await versions.read(config, latest);
    for (const hit of keyHits(content, holds)) yield { ...hit, name, applications };
  }
}

/** Sealed keys have no value here: a secret is found by its name alone. */
function* keyHits({ keys }: ConfigContent, holds: Holds): Generator<Pick<Hit, 'kind' | 'place' | 'text'>> {
  for (const { name: place, value } of keys) {
    const whole = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
    if (!holds(place) && !holds(whole)) continue;
    yield { kind: 'Key', place, ...(value !== undefined && { text: cut(whole) }) };
  }
}

function* templateHits(
  { services, files }: TemplateContent,
  holds: Holds,
): Generator<Pick<Hit, 'kind' | 'place' | 'text'>> {
  for (const { name } of services) if (holds(name)) yield { kind: 'Service', place: name };
  for (const { path, text = '' } of files) {
    for (const [i, line] of text.split('\n').entries()) {
      if (holds(line)) yield { kind: 'File', place: `${path}:${i + 1}`, text: cut(line.trim()) };
    }
  }
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
