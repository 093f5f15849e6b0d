import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '../../access/identity.js';
import { compareKeys, diffText } from '../../apps/configs/compare.js';
import { Configs, type ConfigEdit, type ReadConfig } from '../../apps/configs/configs.js';
import { importKeys } from '../../apps/configs/imports.js';
import { SecretKeyRing } from '../../apps/configs/key-ring.js';
import type { Edit } from '../../apps/versions/version-store.js';
import type { Clock } from '../../core/clock.js';
import type { Config as Settings } from '../../core/config.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import { type Config, configSpec, type StoredKey } from '../../model/config.js';
import { berthResources } from '../../model/kinds.js';
import type { InTenant } from '../addresses.js';
import type { Saved } from '../saved.interceptor.js';
import { present } from '../resource-view.js';
import { CLOCK, CONFIG } from '../tokens.js';
import { Views } from '../views.js';
import type {
  ConfigComparison,
  ConfigCreation,
  ConfigPatch,
  ConfigSave,
  ConfigVersionAnswer,
  ConfigVersionList,
} from './config-schemas.js';
import { TenantObjects } from './tenant-objects.js';
import { objectView, pageOfVersions, rowView } from './version-pages.js';
import type { CompareQuery, RollbackRequest, VersionsQuery } from './version-schemas.js';
import { VersionUse } from './version-use.js';

@Injectable()
export class ConfigService {
  readonly configs: Configs;
  readonly objects: TenantObjects<Config>;

  constructor(
    client: KubeClient,
    private readonly views: Views,
    private readonly use: VersionUse,
    @Inject(CONFIG) settings: Settings,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.configs = new Configs({
      client,
      keyRing: new SecretKeyRing(client, settings.namespace),
      inUse: ({ metadata }) => use.versions('config', metadata.namespace, metadata.name),
      now: () => new Date(clock.now()),
    });
    this.objects = new TenantObjects<Config>({
      client,
      view: views.configs,
      resource: berthResources.Config,
      spec: configSpec,
    });
  }

  /** Throws what a new config would be refused with; stores nothing. */
  async rehearse(body: ConfigCreation, tenant: string): Promise<void> {
    const edit = editOf({ ...body, unset: [], replace: true });
    await this.configs.rehearse(edit);
    const there = await this.objects.find(tenant, body.metadata.name);
    if (there && (await this.configs.versions.latest(there)) > 0) await this.#refuseOther(there, edit);
  }

  /** Creates a config and its first version. Throws ConfigExists (409), and what saving throws. */
  async create(caller: Identity, tenant: string, body: ConfigCreation): Promise<Saved<Config>> {
    await this.objects.enter(caller, 'create', tenant);
    const { metadata, spec } = body;
    const edit = editOf({ ...body, unset: [], replace: true });
    await this.configs.rehearse(edit);
    const { answer: object, isNew } = await this.objects.create(caller, tenant, { metadata, spec });
    if (!isNew && (await this.configs.versions.newest(object))) {
      await this.#refuseOther(object, edit);
      return { answer: await this.#fresh(object), isNew: false };
    }
    await this.configs.edit(object, { author: caller.name, reason: body.reason, basedOn: 0 }, edit);
    return { answer: await this.#fresh(object), isNew };
  }

  async patch(caller: Identity, at: InTenant, patch: ConfigPatch, ifMatch?: string): Promise<Config> {
    await this.objects.enter(caller, 'patch', at.tenant, at.name);
    return this.objects.patch(caller, at, patch, { ifMatch });
  }

  /** Throws ConfigInUse (409), ConfirmationRequired (400), PreconditionFailed (412). */
  async delete(caller: Identity, at: InTenant, confirm?: string, ifMatch?: string): Promise<Config> {
    await this.objects.enter(caller, 'delete', at.tenant, at.name);
    const live = await this.objects.read(at.tenant, at.name);
    const user = this.use.user('config', at.tenant, at.name);
    if (user !== undefined) throw inUse(at.name, user);
    const left = await this.objects.delete(caller, live, { confirm, ifMatch });
    await this.configs.versions.deleteAll(live);
    return left;
  }

  async save(caller: Identity, at: InTenant, body: ConfigSave): Promise<Saved<ConfigVersionAnswer>> {
    await this.objects.enter(caller, 'patch', at.tenant, at.name);
    const config = await this.objects.read(at.tenant, at.name);
    const saved = await this.configs.edit(config, editing(caller, body), editOf(body));
    if (saved.isNew) await this.#fresh(config);
    return { answer: answerOf(config, saved), isNew: saved.isNew };
  }

  async rollBack(caller: Identity, at: InTenant, body: RollbackRequest): Promise<Saved<ConfigVersionAnswer>> {
    await this.objects.enter(caller, 'patch', at.tenant, at.name);
    const config = await this.objects.read(at.tenant, at.name);
    const saved = await this.configs.rollBack(config, body.to, editing(caller, body));
    if (saved.isNew) await this.#fresh(config);
    return { answer: answerOf(config, saved), isNew: saved.isNew };
  }

  async list(caller: Identity, at: InTenant, query: VersionsQuery): Promise<ConfigVersionList> {
    await this.objects.enter(caller, 'get', at.tenant, at.name);
    const rows = await this.configs.versions.rows(await this.objects.read(at.tenant, at.name));
    return pageOfVersions(
      rows.map((row) => ({ ...rowView(row), keyCount: Number(row.cells['Keys']) })),
      query,
    );
  }

  /** @param version the newest unless told */
  async version(
    caller: Identity,
    at: InTenant,
    version: number | undefined,
    q: string,
  ): Promise<ConfigVersionAnswer> {
    await this.objects.enter(caller, 'get', at.tenant, at.name);
    const config = await this.objects.read(at.tenant, at.name);
    const read = await this.configs.versions.read(
      config,
      version ?? (await this.configs.versions.latest(config)),
    );
    const answer = answerOf(config, read);
    return { ...answer, keys: answer.keys.filter((key) => holds(key, q)) };
  }

  async compare(caller: Identity, at: InTenant, query: CompareQuery): Promise<ConfigComparison> {
    await this.objects.enter(caller, 'get', at.tenant, at.name);
    const config = await this.objects.read(at.tenant, at.name);
    const to = query.to ?? (await this.configs.versions.latest(config));
    const from = query.from ?? Math.max(1, to - 1);
    const [before, after] = await Promise.all(
      [from, to].map((one) => this.configs.versions.read(config, one)),
    );
    if (!before || !after) throw new Error('two versions were asked for');
    const changes = compareKeys(before.content, after.content);
    return {
      from,
      to,
      changes,
      text: diffText(before.content, after.content, [`version ${from}`, `version ${to}`]),
    };
  }

  /** The object after a version of it was saved, once lists show it. */
  async #fresh({ metadata }: Config): Promise<Config> {
    const { namespace, name } = metadata;
    const config = await this.views.configs.read({ namespace, name });
    await this.views.configs.feed.arrival(config);
    return present(config);
  }

  async #refuseOther(config: Config, edit: ConfigEdit): Promise<void> {
    if (!(await this.configs.differs(config, edit))) return;
    throw new BerthError(
      'ConfigExists',
      `There is a Config "${config.metadata.name}" already, with other keys.`,
      {
        status: 409,
        fields: [{ path: 'metadata.name', message: 'is taken' }],
        next: 'Choose another name, or save a version of the one that is there.',
      },
    );
  }
}

function editing({ name }: Identity, { reason, basedOn }: { reason?: string; basedOn?: number }): Edit {
  return { author: name, reason, basedOn };
}

function editOf(body: Pick<ConfigSave, 'set' | 'unset' | 'replace' | 'secrets' | 'import'>): ConfigEdit {
  const imported = body.import ? importKeys(body.import.format, body.import.text) : [];
  const given = new Set(body.set.map(({ name }) => name));
  const set = [...imported.filter(({ name }) => !given.has(name)), ...body.set];
  return { set, unset: body.unset, replace: body.replace, secrets: body.secrets };
}

function answerOf({ metadata }: Config, { object, content }: ReadConfig): ConfigVersionAnswer {
  return { config: metadata.name, ...objectView(object), keys: content.keys.map(openKey) };
}

/** Without what is sealed. */
function openKey({ name, type, value, base64, description }: StoredKey): ConfigVersionAnswer['keys'][number] {
  return {
    name,
    type,
    ...(value !== undefined && { value }),
    ...(base64 !== undefined && { base64 }),
    ...(description !== undefined && { description }),
  };
}

function holds({ name, value }: { name: string; value?: unknown }, q: string): boolean {
  const wanted = q.toLowerCase();
  const text =
    value === undefined ? name : `${name}\n${typeof value === 'string' ? value : JSON.stringify(value)}`;
  return text.toLowerCase().includes(wanted);
}

function inUse(name: string, user: string): BerthError {
  return new BerthError('ConfigInUse', `The ${user} uses config "${name}".`, {
    status: 409,
    next: 'Delete what uses it first, or let it use another; old releases of an instance go with the instance.',
  });
}
