import { Body, Controller, Delete, Get, Headers, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import type { Template } from '../../model/template.js';
import { objectName } from '../../model/fields.js';
import { tenantNamespace } from '../../model/names.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { createQuery, deleteQuery, type ListQuery, listQuery, shapes, watchQuery } from '../schemas.js';
import { Views } from '../views.js';
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

@ApiTags('templates')
@ApiBearerAuth()
@Controller('api/v1/tenants/:tenant/templates')
export class TemplatesController {
  constructor(
    private readonly views: Views,
    private readonly templates: TemplateService,
  ) {}

  @Get()
  @Answers({ summary: 'List or watch templates', body: shapes.templates.list, watch: true, refusals: [404] })
  async list(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<ListAnswer<Template> | StreamableFile> {
    await this.templates.objects.enter(caller, 'list', tenant);
    const matches = ({ metadata }: Template) => metadata.namespace === tenantNamespace(tenant);
    return this.views.templates.list(caller, query, { matches, lastEventId });
  }

  @Post()
  @Answers({
    summary: 'Create a template with its first version',
    description: 'Safe to repeat: the same body again answers 200 with the version it made.',
    status: [201, 200],
    body: templateVersionAnswer,
    takesBody: true,
    refusals: [404, 409],
  })
  async create(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Body({ schema: templateCreation }) body: TemplateCreation,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TemplateVersionAnswer> {
    const { answer, isNew } = await this.templates.create(caller, tenant, body);
    void reply.status(isNew ? 201 : 200);
    void reply.header('location', `/api/v1/tenants/${tenant}/templates/${body.metadata.name}`);
    return answer;
  }

  @Get(':template')
  @Answers({ summary: 'Get or watch a template', body: template, tagged: true, watch: true, refusals: [404] })
  async get(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('template', name) id: string,
    @Query({ schema: watchQuery }) { watch }: z.output<typeof watchQuery>,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Template | StreamableFile> {
    await this.templates.objects.enter(caller, 'get', tenant, id);
    const ref = { namespace: tenantNamespace(tenant), name: id };
    return watch
      ? this.views.templates.watch(caller, ref, lastEventId)
      : this.views.templates.get(caller, ref);
  }

  @Patch(':template')
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @Answers({
    summary: 'Change what is said of a template; its content changes by new versions',
    body: template,
    tagged: true,
    conditional: true,
    takesBody: true,
    refusals: [404, 409],
  })
  patch(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('template', name) id: string,
    @Body({ schema: templatePatch }) patch: TemplatePatch,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Template> {
    return this.templates.patch(caller, { tenant, name: id }, patch, ifMatch);
  }

  @Delete(':template')
  @Answers({
    summary: 'Delete a template with all its versions',
    status: 202,
    body: template,
    conditional: true,
    refusals: [404, 409],
  })
  delete(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('template', name) id: string,
    @Query({ schema: deleteQuery }) { confirm }: z.output<typeof deleteQuery>,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Template> {
    return this.templates.delete(caller, { tenant, name: id }, confirm, ifMatch);
  }

  @Get(':template/versions')
  @Answers({
    summary: 'List the versions of a template, newest first',
    body: templateVersionList,
    refusals: [404],
  })
  versions(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('template', name) id: string,
    @Query({ schema: versionsQuery }) query: VersionsQuery,
  ): Promise<TemplateVersionList> {
    return this.templates.list(caller, { tenant, name: id }, query);
  }

  @Post(':template/versions')
  @Answers({
    summary: 'Save content as a new version, after every check',
    description: 'Answers 200 with the newest version when nothing is different from it.',
    status: [201, 200],
    body: templateVersionAnswer,
    takesBody: true,
    refusals: [404, 409],
  })
  async save(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('template', name) id: string,
    @Body({ schema: templateSave }) body: TemplateSave,
    @Query({ schema: createQuery }) { dryRun }: z.output<typeof createQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TemplateVersionAnswer> {
    const { answer, isNew } = await this.templates.save(caller, { tenant, name: id }, body, dryRun === 'All');
    void reply.status(isNew ? 201 : 200);
    return answer;
  }

  @Get(':template/versions/:version')
  @Answers({
    summary: 'Get a version of a template with its files',
    body: templateVersionAnswer,
    refusals: [404],
  })
  version(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('template', name) id: string,
    @Param('version', { schema: versionParameter }) version: number,
  ): Promise<TemplateVersionAnswer> {
    return this.templates.version(caller, { tenant, name: id }, version);
  }

  @Post(':template/rollback')
  @Answers({
    summary: 'Save a new version with the content of an old one',
    status: [201, 200],
    body: templateVersionAnswer,
    takesBody: true,
    refusals: [404, 409],
  })
  async rollBack(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('template', name) id: string,
    @Body({ schema: rollbackRequest }) body: RollbackRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TemplateVersionAnswer> {
    const { answer, isNew } = await this.templates.rollBack(caller, { tenant, name: id }, body);
    void reply.status(isNew ? 201 : 200);
    return answer;
  }

  @Get(':template/compare')
  @Answers({ summary: 'Compare two versions of a template', body: templateComparison, refusals: [404] })
  compare(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('template', name) id: string,
    @Query({ schema: compareQuery }) query: CompareQuery,
  ): Promise<TemplateComparison> {
    return this.templates.compare(caller, { tenant, name: id }, query);
  }

  @Post(':template/upgrade')
  @Answers({
    summary: 'Merge a newer chart with what was changed here',
    status: [201, 200],
    body: templateVersionAnswer,
    takesBody: true,
    refusals: [404, 409],
  })
  async upgrade(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('template', name) id: string,
    @Body({ schema: templateUpgrade }) body: TemplateUpgrade,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TemplateVersionAnswer> {
    const { answer, isNew } = await this.templates.upgrade(caller, { tenant, name: id }, body);
    void reply.status(isNew ? 201 : 200);
    return answer;
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
    @Param('tenant', name) tenant: string,
    @Param('template', name) id: string,
    @Body({ schema: variablesRequest }) body: VariablesRequest,
  ): Promise<VariablesAnswer> {
    return this.templates.variables(caller, { tenant, name: id }, body);
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
    @Param('tenant', name) tenant: string,
    @Param('template', name) id: string,
    @Body({ schema: renderRequest }) body: RenderRequest,
  ): Promise<RenderAnswer> {
    return this.templates.render(caller, { tenant, name: id }, body);
  }
}
