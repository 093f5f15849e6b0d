import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '../../access/identity.js';
import { checkContent } from '../../apps/templates/checks.js';
import { renderMasked } from '../../apps/templates/preview.js';
import { compareFiles, type ReadTemplate, Templates } from '../../apps/templates/templates.js';
import { missingVariables, variablesOf } from '../../apps/templates/variables.js';
import type { Clock } from '../../core/clock.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import { berthResources } from '../../model/kinds.js';
import { type Template, type TemplateContent, templateSpec } from '../../model/template.js';
import type { InTenant } from '../addresses.js';
import type { Saved } from '../saved.interceptor.js';
import { present } from '../resource-view.js';
import { CLOCK } from '../tokens.js';
import { Views } from '../views.js';
import { ConfigService } from './config.service.js';
import { TemplateAdmission } from './template-admission.js';
import { type Imported, TemplateImport } from './template-import.js';
import type {
  RenderAnswer,
  RenderRequest,
  TemplateComparison,
  TemplateCreation,
  TemplatePatch,
  TemplateSave,
  TemplateUpgrade,
  TemplateVersionAnswer,
  TemplateVersionList,
  VariablesAnswer,
  VariablesRequest,
} from './template-schemas.js';
import { TenantObjects } from './tenant-objects.js';
import { objectView, pageOfVersions, rowView } from './version-pages.js';
import type { CompareQuery, RollbackRequest, VersionsQuery } from './version-schemas.js';
import { VersionUse } from './version-use.js';

type SavedAnswer = Saved<TemplateVersionAnswer>;

type Said = Pick<TemplateVersionAnswer, 'notices' | 'findings'>;
type Body = Pick<TemplateSave, 'content' | 'from' | 'check'>;

@Injectable()
export class TemplateService {
  readonly templates: Templates;
  readonly objects: TenantObjects<Template>;

  constructor(
    client: KubeClient,
    private readonly views: Views,
    private readonly use: VersionUse,
    private readonly configs: ConfigService,
    private readonly imports: TemplateImport,
    private readonly admission: TemplateAdmission,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.templates = new Templates({
      client,
      inUse: ({ metadata }) => use.versions('template', metadata.namespace, metadata.name),
      now: () => new Date(clock.now()),
    });
    this.objects = new TenantObjects<Template>({
      client,
      view: views.templates,
      resource: berthResources.Template,
      spec: templateSpec,
    });
  }

  /** Creates a template and its first version, and with `config` a config for it. Throws what saving throws. */
  async create(caller: Identity, tenant: string, body: TemplateCreation): Promise<SavedAnswer> {
    await this.objects.enter(caller, 'create', tenant);
    const { metadata, spec, reason } = body;
    const made = await this.#made(caller, metadata.name, body);
    const findings = await this.admission.admit(caller, tenant, made.content, body.check, made.keys);
    const config = body.config === undefined ? undefined : configFor(body.config, metadata.name, made);
    if (config) await this.configs.rehearse(config, tenant);
    const { answer: object, isNew } = await this.objects.create(caller, tenant, { metadata, spec });
    if (!isNew) await this.#refuseOther(object, made.content);
    const saved = await this.templates.save(
      object,
      { author: caller.name, reason },
      made.content,
      made.source,
    );
    if (config) await this.configs.create(caller, tenant, config);
    await this.#arrive(object);
    return { answer: answerOf(object, saved, { notices: made.notices, findings }), isNew };
  }

  async patch(caller: Identity, at: InTenant, patch: TemplatePatch, ifMatch?: string): Promise<Template> {
    await this.objects.enter(caller, 'patch', at.tenant, at.name);
    return this.objects.patch(caller, at, patch, { ifMatch });
  }

  /** Throws TemplateInUse (409), ConfirmationRequired (400), PreconditionFailed (412). */
  async delete(caller: Identity, at: InTenant, confirm?: string, ifMatch?: string): Promise<Template> {
    await this.objects.enter(caller, 'delete', at.tenant, at.name);
    const live = await this.objects.read(at.tenant, at.name);
    const user = this.use.user('template', at.tenant, at.name);
    if (user !== undefined) throw inUse(at.name, user);
    const left = await this.objects.delete(caller, live, { confirm, ifMatch });
    await this.templates.versions.deleteAll(live);
    return left;
  }

  async save(caller: Identity, at: InTenant, body: TemplateSave, dryRun: boolean): Promise<SavedAnswer> {
    const template = await this.#enter(caller, 'patch', at);
    const made = await this.#made(caller, at.name, body);
    const findings = await this.admission.admit(caller, at.tenant, made.content, body.check, made.keys);
    const said = { notices: made.notices, findings };
    if (dryRun) return this.#rehearsed(template, made.content, said);
    const source = body.from ? made.source : undefined;
    const saved = await this.templates.save(template, editing(caller, body), made.content, source);
    if (saved.isNew) await this.#arrive(template);
    return { answer: answerOf(template, saved, said), isNew: saved.isNew };
  }

  /** Throws NotFromChart, MergeConflict (409). */
  async upgrade(caller: Identity, at: InTenant, body: TemplateUpgrade): Promise<SavedAnswer> {
    const template = await this.#enter(caller, 'patch', at);
    const chart = this.imports.chart(at.name, body.from);
    const saved = await this.templates.upgrade(template, editing(caller, body), chart, body.onConflict);
    if (saved.isNew) await this.#arrive(template);
    const findings = checkContent(
      saved.content,
      chart.keys.map(({ name }) => name),
    );
    return { answer: answerOf(template, saved, { notices: chart.notices, findings }), isNew: saved.isNew };
  }

  async rollBack(caller: Identity, at: InTenant, body: RollbackRequest): Promise<SavedAnswer> {
    const template = await this.#enter(caller, 'patch', at);
    const saved = await this.templates.rollBack(template, body.to, editing(caller, body));
    if (saved.isNew) await this.#arrive(template);
    return { answer: answerOf(template, saved), isNew: saved.isNew };
  }

  async list(caller: Identity, at: InTenant, query: VersionsQuery): Promise<TemplateVersionList> {
    const rows = await this.templates.versions.rows(await this.#enter(caller, 'get', at));
    return pageOfVersions(rows.map(rowView), query);
  }

  async version(caller: Identity, at: InTenant, version: number): Promise<TemplateVersionAnswer> {
    const template = await this.#enter(caller, 'get', at);
    return answerOf(template, await this.templates.versions.read(template, version));
  }

  async compare(caller: Identity, at: InTenant, query: CompareQuery): Promise<TemplateComparison> {
    const template = await this.#enter(caller, 'get', at);
    const to = query.to ?? (await this.templates.versions.latest(template));
    const from = query.from ?? Math.max(1, to - 1);
    const before = await this.templates.versions.read(template, from);
    const after = await this.templates.versions.read(template, to);
    return { from, to, changes: compareFiles(before.content, after.content) };
  }

  /** For the editor: what the text takes from the config, and what it lacks. */
  async variables(
    caller: Identity,
    at: InTenant,
    { content, config }: VariablesRequest,
  ): Promise<VariablesAnswer> {
    const template = await this.#enter(caller, 'get', at);
    const edited = content ?? (await this.#newest(template)).content;
    const keys = config ? await this.admission.keyNames(caller, at.tenant, config) : [];
    const findings = checkContent(edited, keys);
    if (findings.some(({ severity }) => severity === 'error')) return { variables: [], findings };
    const missing = new Set(missingVariables(edited, keys).map(({ name }) => name));
    const variables = variablesOf(edited).map((variable) => ({
      ...variable,
      missing: missing.has(variable.name),
    }));
    return { variables, findings };
  }

  /** Throws RenderFailed, ServiceNotInTemplate (422). */
  async render(caller: Identity, at: InTenant, request: RenderRequest): Promise<RenderAnswer> {
    const template = await this.#enter(caller, 'get', at);
    const version = request.version ?? (await this.templates.versions.latest(template));
    const { content } = await this.templates.versions.read(template, version);
    const values = request.config
      ? await this.admission.values(caller, at.tenant, request.config)
      : undefined;
    const names =
      request.service === undefined ? content.services.map(({ name }) => name) : [request.service];
    const release = { name: request.release, namespace: request.namespace };
    return { services: names.map((name) => renderMasked(content, name, values, release)) };
  }

  async #enter(caller: Identity, verb: 'get' | 'patch', { tenant, name }: InTenant): Promise<Template> {
    await this.objects.enter(caller, verb, tenant, name);
    return this.objects.read(tenant, name);
  }

  async #newest(template: Template): Promise<ReadTemplate> {
    return this.templates.versions.read(template, await this.templates.versions.latest(template));
  }

  async #made(caller: Identity, name: string, { content, from }: Body): Promise<Imported> {
    if (from) return this.imports.read(caller, name, from);
    if (!content) throw new Error('the schema asks for content or from');
    return { content, notices: [], source: { type: 'Edit' }, keys: [] };
  }

  async #rehearsed(template: Template, content: TemplateContent, said: Said): Promise<SavedAnswer> {
    const newest = await this.#newest(template);
    return { answer: answerOf(template, { ...newest, content }, said), isNew: false };
  }

  async #refuseOther(template: Template, content: TemplateContent): Promise<void> {
    const latest = await this.templates.versions.latest(template);
    if (latest === 0) return;
    const { content: there } = await this.templates.versions.read(template, latest);
    if (compareFiles(there, content).length === 0) return;
    const { name } = template.metadata;
    throw new BerthError('TemplateExists', `There is a Template "${name}" already, with other content.`, {
      status: 409,
      fields: [{ path: 'metadata.name', message: 'is taken' }],
      next: 'Choose another name, or save a version of the one that is there.',
    });
  }

  /** Waits until lists show what was saved. */
  async #arrive({ metadata }: Template): Promise<void> {
    const { namespace, name } = metadata;
    await this.views.templates.feed.arrival(present(await this.views.templates.read({ namespace, name })));
  }
}

function editing({ name }: Identity, { reason, basedOn }: { reason?: string; basedOn?: number }) {
  return { author: name, reason, basedOn };
}

function configFor(name: string, template: string, { keys }: Imported) {
  return {
    metadata: { name },
    spec: { retention: { keep: 100 } },
    set: keys,
    secrets: [],
    reason: `begun with template ${template}`,
  };
}

function answerOf(
  { metadata }: Template,
  { object, content }: ReadTemplate,
  said?: Said,
): TemplateVersionAnswer {
  return {
    template: metadata.name,
    ...objectView(object),
    source: object.spec.source,
    services: content.services,
    files: content.files,
    notices: said?.notices ?? [],
    findings: said?.findings ?? [],
  };
}

function inUse(name: string, user: string): BerthError {
  return new BerthError('TemplateInUse', `The ${user} uses template "${name}".`, {
    status: 409,
    next: 'Delete what uses it first, or let it use another; old releases of an instance go with the instance.',
  });
}
