import { Body, Controller, Get, Headers, Param, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import type { Config } from '../../model/config.js';
import { objectName } from '../../model/fields.js';
import { type InTenant, inTenant } from '../addresses.js';
import { Answers } from '../openapi/answers.js';
import { DeleteRoute, GetRoute, ListRoute, PatchRoute, SaveRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import type { Saved } from '../saved.interceptor.js';
import { deleteQuery, type ListQuery, listQuery, shapes, type WatchQuery, watchQuery } from '../schemas.js';
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
const address = inTenant('config');

@ApiTags('configs')
@ApiBearerAuth()
@Controller('api/v1/tenants/:tenant/configs')
export class ConfigsController {
  constructor(private readonly configs: ConfigService) {}

  @ListRoute('', { summary: 'List or watch configs', body: shapes.configs.list, refusals: [404] })
  list(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<ListAnswer<Config> | StreamableFile> {
    return this.configs.objects.list(caller, tenant, query, lastEventId);
  }

  @SaveRoute('', {
    summary: 'Create a config with its first version',
    description: 'Safe to repeat: the same body again answers 200 with the config it made.',
    body: config,
    tagged: true,
  })
  create(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Body({ schema: configCreation }) body: ConfigCreation,
  ): Promise<Saved<Config>> {
    return this.configs.create(caller, tenant, body);
  }

  @GetRoute(':config', { summary: 'Get or watch a config', body: config })
  get(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Query({ schema: watchQuery }) query: WatchQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Config | StreamableFile> {
    return this.configs.objects.show(caller, at, query, lastEventId);
  }

  @PatchRoute(':config', {
    summary: 'Change what is said of a config; its keys change by new versions',
    body: config,
  })
  patch(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Body({ schema: configPatch }) patch: ConfigPatch,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Config> {
    return this.configs.patch(caller, at, patch, ifMatch);
  }

  @DeleteRoute(':config', { summary: 'Delete a config with all its versions', body: config })
  delete(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Query({ schema: deleteQuery }) { confirm }: z.output<typeof deleteQuery>,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Config> {
    return this.configs.delete(caller, at, confirm, ifMatch);
  }

  @Get(':config/versions')
  @Answers({
    summary: 'List the versions of a config, newest first',
    body: configVersionList,
    refusals: [404],
  })
  versions(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Query({ schema: versionsQuery }) query: VersionsQuery,
  ): Promise<ConfigVersionList> {
    return this.configs.list(caller, at, query);
  }

  @SaveRoute(':config/versions', {
    summary: 'Save keys as a new version',
    description: 'Answers 200 with the newest version when nothing is different from it.',
    body: configVersionAnswer,
  })
  save(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Body({ schema: configSave }) body: ConfigSave,
  ): Promise<Saved<ConfigVersionAnswer>> {
    return this.configs.save(caller, at, body);
  }

  @Get(':config/keys')
  @Answers({ summary: 'Get the newest keys of a config', body: configVersionAnswer, refusals: [404] })
  keys(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Query({ schema: keysQuery }) { q }: z.output<typeof keysQuery>,
  ): Promise<ConfigVersionAnswer> {
    return this.configs.version(caller, at, undefined, q);
  }

  @Get(':config/versions/:version')
  @Answers({ summary: 'Get a version of a config with its keys', body: configVersionAnswer, refusals: [404] })
  version(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Param('version', { schema: versionParameter }) version: number,
    @Query({ schema: keysQuery }) { q }: z.output<typeof keysQuery>,
  ): Promise<ConfigVersionAnswer> {
    return this.configs.version(caller, at, version, q);
  }

  @SaveRoute(':config/rollback', {
    summary: 'Save a new version with the content of an old one',
    body: configVersionAnswer,
  })
  rollBack(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Body({ schema: rollbackRequest }) body: RollbackRequest,
  ): Promise<Saved<ConfigVersionAnswer>> {
    return this.configs.rollBack(caller, at, body);
  }

  @Get(':config/compare')
  @Answers({ summary: 'Compare two versions of a config', body: configComparison, refusals: [404] })
  compare(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Query({ schema: compareQuery }) query: CompareQuery,
  ): Promise<ConfigComparison> {
    return this.configs.compare(caller, at, query);
  }
}
