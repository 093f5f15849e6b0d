import { Injectable } from '@nestjs/common';
import type { Identity } from '../../access/identity.js';
import { clusterOf } from '../../apps/instances/instance-world.js';
import { refuseProblems } from '../../apps/problems.js';
import { textDiff } from '../../apps/releases/manifest-text.js';
import { applicationRevisions, causeOf, type Revision } from '../../apps/revisions.js';
import { checkContent } from '../../apps/templates/checks.js';
import { callsOf } from '../../apps/templates/call-graph.js';
import { rehearse } from '../../apps/templates/target-checks.js';
import { BerthError, type FieldProblem } from '../../core/errors.js';
import { toYaml } from '../../core/yaml.js';
import { KubeClient } from '../../kube/client.js';
import { type Application, type ApplicationSpec, applicationSpec } from '../../model/application.js';
import type { Instance } from '../../model/instance.js';
import { berthResources } from '../../model/kinds.js';
import { tenantNamespace } from '../../model/names.js';
import type { InTenant } from '../addresses.js';
import type { Saved } from '../saved.interceptor.js';
import { present } from '../resource-view.js';
import { Views } from '../views.js';
import type {
  ApplicationCreation,
  ApplicationHistory,
  ApplicationPatch,
  CallGraph,
  ChangeQuery,
} from './application-schemas.js';
import { ConfigService } from './config.service.js';
import { TemplateService } from './template.service.js';
import { TenantObjects } from './tenant-objects.js';
import { VersionUse } from './version-use.js';

@Injectable()
export class ApplicationService {
  readonly objects: TenantObjects<Application>;

  constructor(
    private readonly client: KubeClient,
    views: Views,
    private readonly templates: TemplateService,
    private readonly configs: ConfigService,
    private readonly use: VersionUse,
  ) {
    this.objects = new TenantObjects<Application>({
      client,
      view: views.applications,
      resource: berthResources.Application,
      spec: applicationSpec,
      revisions: applicationRevisions,
    });
  }

  /** Throws ApplicationExists (409), ApplicationInvalid (422) with every problem of every environment. */
  async create(
    caller: Identity,
    tenant: string,
    { reason, ...body }: ApplicationCreation,
  ): Promise<Saved<Application>> {
    await this.objects.enter(caller, 'create', tenant);
    await this.#admit(tenant, body.spec);
    const { answer, isNew } = await this.objects.create(caller, tenant, body, reason);
    return { answer: present(answer), isNew };
  }

  async patch(
    caller: Identity,
    at: InTenant,
    { reason, ...patch }: ApplicationPatch,
    ifMatch?: string,
  ): Promise<Application> {
    await this.objects.enter(caller, 'patch', at.tenant, at.name);
    return this.objects.patch(caller, at, patch, {
      ifMatch,
      reason,
      admit: (spec) => this.#admit(at.tenant, spec),
    });
  }

  /** Throws ApplicationInUse (409), ConfirmationRequired (400), PreconditionFailed (412). */
  async delete(caller: Identity, at: InTenant, confirm?: string, ifMatch?: string): Promise<Application> {
    await this.objects.enter(caller, 'delete', at.tenant, at.name);
    const live = await this.objects.read(at.tenant, at.name);
    const instance = this.use.instance(at.tenant, at.name);
    if (instance) throw inUse(at.name, instance);
    return this.objects.delete(caller, live, { confirm, ifMatch });
  }

  /** Who changed what, when and why; the newest first. */
  async history(caller: Identity, at: InTenant, { limit }: ChangeQuery): Promise<ApplicationHistory> {
    await this.objects.enter(caller, 'get', at.tenant, at.name);
    const application = await this.objects.read(at.tenant, at.name);
    const revisions = await applicationRevisions.list(this.client, application);
    const changes = revisions.map((one, i) => changeOf(one, revisions[i - 1])).toReversed();
    return { items: changes.slice(0, limit), more: changes.length > limit };
  }

  /** Throws EnvironmentNotFound (404). */
  async callGraph(caller: Identity, at: InTenant, environment?: string): Promise<CallGraph> {
    await this.objects.enter(caller, 'get', at.tenant, at.name);
    const { spec } = await this.objects.read(at.tenant, at.name);
    const chosen = spec.environments.find(({ name }) => environment === undefined || name === environment);
    if (!chosen) throw noEnvironment(at.name, environment ?? '', spec);
    const content = await this.#template(at.tenant, spec.template);
    const config = await this.#config(at.tenant, chosen.config);
    const { rendered } = rehearse(content, config, { name: at.name, namespace: 'default' });
    const calls = callsOf(rendered.map(({ service, objects }) => ({ name: service, objects })));
    const services = content.services.map(({ name, dependsOn }) => ({
      name,
      dependsOn,
      calls: calls.get(name) ?? [],
    }));
    return { application: at.name, environment: chosen.name, services };
  }

  /** The template with each environment's config has to render whole. */
  async #admit(tenant: string, spec: ApplicationSpec): Promise<void> {
    const problems: FieldProblem[] = [];
    const template = await noted(problems, 'spec.template', () => this.#template(tenant, spec.template));
    for (const [i, { name, config }] of spec.environments.entries()) {
      const at = `spec.environments[${i}]`;
      const values = await noted(problems, `${at}.config`, () => this.#config(tenant, config));
      if (!template || !values) continue;
      const names = values.keys.map((key) => key.name);
      const found = [...checkContent(template, names), ...rehearse(template, values).findings];
      problems.push(...found.map(({ path, message, code }) => ({ path: `${name}: ${path}`, message, code })));
    }
    refuseProblems('ApplicationInvalid', problems);
  }

  async #template(tenant: string, { name, version }: { name: string; version?: number }) {
    const { objects, templates } = this.templates;
    const template = await objects.read(tenant, name);
    return (await templates.versions.read(template, version ?? (await templates.versions.latest(template))))
      .content;
  }

  async #config(tenant: string, { name, version }: { name: string; version?: number }) {
    const { objects, configs } = this.configs;
    const config = await objects.read(tenant, name);
    return configs.values(config, version ?? (await configs.versions.latest(config)));
  }
}

function changeOf(
  revision: Revision<ApplicationSpec>,
  before: Revision<ApplicationSpec> | undefined,
): ApplicationHistory['items'][number] {
  const names = [
    before ? `generation ${before.revision}` : 'nothing',
    `generation ${revision.revision}`,
  ] as const;
  return {
    at: revision.metadata.creationTimestamp ?? '',
    ...causeOf(revision),
    generation: revision.revision,
    diff: textDiff(before ? toYaml(before.data) : '', toYaml(revision.data), names),
  };
}

/** What is not there is a problem of the field that names it. */
async function noted<T>(
  problems: FieldProblem[],
  path: string,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof BerthError) || error.status >= 500) throw error;
    problems.push({ path, message: error.message, code: error.code });
    return undefined;
  }
}

function noEnvironment(
  application: string,
  environment: string,
  { environments }: ApplicationSpec,
): BerthError {
  return new BerthError(
    'EnvironmentNotFound',
    `Application "${application}" has no environment "${environment}".`,
    {
      status: 404,
      next: `It has ${environments.map(({ name }) => name).join(', ')}.`,
    },
  );
}

/** Whether an object lies in a tenant's namespace. */
export function ofTenant(tenant: string): (object: { metadata: { namespace?: string } }) => boolean {
  return ({ metadata }) => metadata.namespace === tenantNamespace(tenant);
}

function inUse(name: string, instance: Instance): BerthError {
  const { metadata } = instance;
  const cluster = clusterOf(instance);
  return new BerthError(
    'ApplicationInUse',
    `Instance "${metadata.name}" on cluster "${cluster}" is one of application "${name}".`,
    { status: 409, next: `Delete its instances first: berth instance delete ${cluster} ${metadata.name}.` },
  );
}
