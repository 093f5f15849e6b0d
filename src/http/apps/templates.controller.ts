import { Body, Controller, Get, Headers, Param, Post, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import type { Template } from '../../model/template.js';
import { objectName } from '../../model/fields.js';
import { type InTenant, inTenant } from '../addresses.js';
import { Answers } from '../openapi/answers.js';
import { DeleteRoute, GetRoute, ListRoute, PatchRoute, SaveRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import type { Saved } from '../saved.interceptor.js';
import {
  createQuery,
  deleteQuery,
  type ListQuery,
  listQuery,
  shapes,
  type WatchQuery,
  watchQuery,
} from '../schemas.js';
import {
  type RenderAnswer,
  renderAnswer,
  type RenderRequest,
  renderRequest,
  type TemplateComparison,
  templateComparison,
  type TemplateCreation,
  templateCreation,
  type TemplatePatch,
  templatePatch,
  type TemplateSave,
  templateSave,
  type TemplateUpgrade,
  templateUpgrade,
  type TemplateVersionAnswer,
  templateVersionAnswer,
  type TemplateVersionList,
  templateVersionList,
  type VariablesAnswer,
  variablesAnswer,
  type VariablesRequest,
  variablesRequest,
} from './template-schemas.js';
import { TemplateService } from './template.service.js';
import {
  type CompareQuery,
  compareQuery,
  type RollbackRequest,
  rollbackRequest,
  versionParameter,
  type VersionsQuery,
  versionsQuery,
} from './version-schemas.js';

const template = shapes.templates.object;
const name = { schema: objectName };
const address = inTenant('template');

@ApiTags('templates')
@ApiBearerAuth()
@Controller('api/v1/tenants/:tenant/templates')
export class TemplatesController {
  constructor(private readonly templates: TemplateService) {}

  @ListRoute('', { summary: 'List or watch templates', body: shapes.templates.list, refusals: [404] })
  list(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<ListAnswer<Template> | StreamableFile> {
    return this.templates.objects.list(caller, tenant, query, lastEventId);
  }

  @SaveRoute('', {
    summary: 'Create a template with its first version',
    description: 'Safe to repeat: the same body again answers 200 with the version it made.',
    body: templateVersionAnswer,
  })
  create(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Body({ schema: templateCreation }) body: TemplateCreation,
  ): Promise<Saved<TemplateVersionAnswer>> {
    return this.templates.create(caller, tenant, body);
  }

  @GetRoute(':template', { summary: 'Get or watch a template', body: template })
  get(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Query({ schema: watchQuery }) query: WatchQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Template | StreamableFile> {
    return this.templates.objects.show(caller, at, query, lastEventId);
  }

  @PatchRoute(':template', {
    summary: 'Change what is said of a template; its content changes by new versions',
    body: template,
  })
  patch(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Body({ schema: templatePatch }) patch: TemplatePatch,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Template> {
    return this.templates.patch(caller, at, patch, ifMatch);
  }

  @DeleteRoute(':template', { summary: 'Delete a template with all its versions', body: template })
  delete(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Query({ schema: deleteQuery }) { confirm }: z.output<typeof deleteQuery>,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Template> {
    return this.templates.delete(caller, at, confirm, ifMatch);
  }

  @Get(':template/versions')
  @Answers({
    summary: 'List the versions of a template, newest first',
    body: templateVersionList,
    refusals: [404],
  })
  versions(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Query({ schema: versionsQuery }) query: VersionsQuery,
  ): Promise<TemplateVersionList> {
    return this.templates.list(caller, at, query);
  }

  @SaveRoute(':template/versions', {
    summary: 'Save content as a new version, after every check',
    description: 'Answers 200 with the newest version when nothing is different from it.',
    body: templateVersionAnswer,
  })
  save(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Body({ schema: templateSave }) body: TemplateSave,
    @Query({ schema: createQuery }) { dryRun }: z.output<typeof createQuery>,
  ): Promise<Saved<TemplateVersionAnswer>> {
    return this.templates.save(caller, at, body, dryRun === 'All');
  }

  @Get(':template/versions/:version')
  @Answers({
    summary: 'Get a version of a template with its files',
    body: templateVersionAnswer,
    refusals: [404],
  })
  version(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Param('version', { schema: versionParameter }) version: number,
  ): Promise<TemplateVersionAnswer> {
    return this.templates.version(caller, at, version);
  }

  @SaveRoute(':template/rollback', {
    summary: 'Save a new version with the content of an old one',
    body: templateVersionAnswer,
  })
  rollBack(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Body({ schema: rollbackRequest }) body: RollbackRequest,
  ): Promise<Saved<TemplateVersionAnswer>> {
    return this.templates.rollBack(caller, at, body);
  }

  @Get(':template/compare')
  @Answers({ summary: 'Compare two versions of a template', body: templateComparison, refusals: [404] })
  compare(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Query({ schema: compareQuery }) query: CompareQuery,
  ): Promise<TemplateComparison> {
    return this.templates.compare(caller, at, query);
  }

  @SaveRoute(':template/upgrade', {
    summary: 'Merge a newer chart with what was changed here',
    body: templateVersionAnswer,
  })
  upgrade(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Body({ schema: templateUpgrade }) body: TemplateUpgrade,
  ): Promise<Saved<TemplateVersionAnswer>> {
    return this.templates.upgrade(caller, at, body);
  }

  @Post(':template/variables')
  @Answers({
    summary: 'Tell the variables of a template, and which lack a key',
    description: 'For editors: takes what is being edited. Stores nothing.',
    body: variablesAnswer,
    takesBody: true,
    refusals: [404],
  })
  variables(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Body({ schema: variablesRequest }) body: VariablesRequest,
  ): Promise<VariablesAnswer> {
    return this.templates.variables(caller, at, body);
  }

  @Post(':template/render')
  @Answers({
    summary: 'Render a template with a config, secrets masked',
    body: renderAnswer,
    takesBody: true,
    refusals: [404, 409],
  })
  render(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Body({ schema: renderRequest }) body: RenderRequest,
  ): Promise<RenderAnswer> {
    return this.templates.render(caller, at, body);
  }
}
