import { Body, Controller, Delete, Get, Headers, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import type { Config } from '../../model/config.js';
import { objectName } from '../../model/fields.js';
import { tenantNamespace } from '../../model/names.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { deleteQuery, type ListQuery, listQuery, shapes, watchQuery } from '../schemas.js';
import { Views } from '../views.js';
import {
  type ConfigComparison,
  configComparison,
  type ConfigCreation,
  configCreation,
  type ConfigPatch,
  configPatch,
  type ConfigSave,
  configSave,
  type ConfigVersionAnswer,
  configVersionAnswer,
  type ConfigVersionList,
  configVersionList,
  keysQuery,
} from './config-schemas.js';
import { ConfigService } from './config.service.js';
import {
  type CompareQuery,
  compareQuery,
  type RollbackRequest,
  rollbackRequest,
  versionParameter,
  type VersionsQuery,
  versionsQuery,
} from './version-schemas.js';

const config = shapes.configs.object;
const name = { schema: objectName };

@ApiTags('configs')
@ApiBearerAuth()
@Controller('api/v1/tenants/:tenant/configs')
export class ConfigsController {
  constructor(
    private readonly views: Views,
    private readonly configs: ConfigService,
  ) {}

  @Get()
  @Answers({ summary: 'List or watch configs', body: shapes.configs.list, watch: true, refusals: [404] })
  async list(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<ListAnswer<Config> | StreamableFile> {
    await this.configs.objects.enter(caller, 'list', tenant);
    const matches = ({ metadata }: Config) => metadata.namespace === tenantNamespace(tenant);
    return this.views.configs.list(caller, query, { matches, lastEventId });
  }

  @Post()
  @Answers({
    summary: 'Create a config with its first version',
    description: 'Safe to repeat: the same body again answers 200 with the config it made.',
    status: [201, 200],
    body: config,
    tagged: true,
    takesBody: true,
    refusals: [404, 409],
  })
  async create(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Body({ schema: configCreation }) body: ConfigCreation,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Config> {
    const created = await this.configs.create(caller, tenant, body);
    void reply.status(created.isNew ? 201 : 200);
    void reply.header('location', `/api/v1/tenants/${tenant}/configs/${body.metadata.name}`);
    return created.config;
  }

  @Get(':config')
  @Answers({ summary: 'Get or watch a config', body: config, tagged: true, watch: true, refusals: [404] })
  async get(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('config', name) id: string,
    @Query({ schema: watchQuery }) { watch }: z.output<typeof watchQuery>,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Config | StreamableFile> {
    await this.configs.objects.enter(caller, 'get', tenant, id);
    const ref = { namespace: tenantNamespace(tenant), name: id };
    return watch ? this.views.configs.watch(caller, ref, lastEventId) : this.views.configs.get(caller, ref);
  }

  @Patch(':config')
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @Answers({
    summary: 'Change what is said of a config; its keys change by new versions',
    body: config,
    tagged: true,
    conditional: true,
    takesBody: true,
    refusals: [404, 409],
  })
  patch(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('config', name) id: string,
    @Body({ schema: configPatch }) patch: ConfigPatch,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Config> {
    return this.configs.patch(caller, { tenant, name: id }, patch, ifMatch);
  }

  @Delete(':config')
  @Answers({
    summary: 'Delete a config with all its versions',
    status: 202,
    body: config,
    conditional: true,
    refusals: [404, 409],
  })
  delete(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('config', name) id: string,
    @Query({ schema: deleteQuery }) { confirm }: z.output<typeof deleteQuery>,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Config> {
    return this.configs.delete(caller, { tenant, name: id }, confirm, ifMatch);
  }

  @Get(':config/versions')
  @Answers({
    summary: 'List the versions of a config, newest first',
    body: configVersionList,
    refusals: [404],
  })
  versions(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('config', name) id: string,
    @Query({ schema: versionsQuery }) query: VersionsQuery,
  ): Promise<ConfigVersionList> {
    return this.configs.list(caller, { tenant, name: id }, query);
  }

  @Post(':config/versions')
  @Answers({
    summary: 'Save keys as a new version',
    description: 'Answers 200 with the newest version when nothing is different from it.',
    status: [201, 200],
    body: configVersionAnswer,
    takesBody: true,
    refusals: [404, 409],
  })
  async save(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('config', name) id: string,
    @Body({ schema: configSave }) body: ConfigSave,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConfigVersionAnswer> {
    const { answer, isNew } = await this.configs.save(caller, { tenant, name: id }, body);
    void reply.status(isNew ? 201 : 200);
    return answer;
  }

  @Get(':config/keys')
  @Answers({ summary: 'Get the newest keys of a config', body: configVersionAnswer, refusals: [404] })
  keys(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('config', name) id: string,
    @Query({ schema: keysQuery }) { q }: z.output<typeof keysQuery>,
  ): Promise<ConfigVersionAnswer> {
    return this.configs.version(caller, { tenant, name: id }, undefined, q);
  }

  @Get(':config/versions/:version')
  @Answers({ summary: 'Get a version of a config with its keys', body: configVersionAnswer, refusals: [404] })
  version(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('config', name) id: string,
    @Param('version', { schema: versionParameter }) version: number,
    @Query({ schema: keysQuery }) { q }: z.output<typeof keysQuery>,
  ): Promise<ConfigVersionAnswer> {
    return this.configs.version(caller, { tenant, name: id }, version, q);
  }

  @Post(':config/rollback')
  @Answers({
    summary: 'Save a new version with the content of an old one',
    status: [201, 200],
    body: configVersionAnswer,
    takesBody: true,
    refusals: [404, 409],
  })
  async rollBack(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('config', name) id: string,
    @Body({ schema: rollbackRequest }) body: RollbackRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ConfigVersionAnswer> {
    const { answer, isNew } = await this.configs.rollBack(caller, { tenant, name: id }, body);
    void reply.status(isNew ? 201 : 200);
    return answer;
  }

  @Get(':config/compare')
  @Answers({ summary: 'Compare two versions of a config', body: configComparison, refusals: [404] })
  compare(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('config', name) id: string,
    @Query({ schema: compareQuery }) query: CompareQuery,
  ): Promise<ConfigComparison> {
    return this.configs.compare(caller, { tenant, name: id }, query);
  }
}
