import { Body, Controller, Delete, Get, Headers, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import type { Application } from '../../model/application.js';
import { objectName } from '../../model/fields.js';
import { tenantNamespace } from '../../model/names.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { deleteQuery, type ListQuery, listQuery, shapes, watchQuery } from '../schemas.js';
import { Views } from '../views.js';
import {
  type ApplicationCreation,
  applicationCreation,
  type ApplicationHistory,
  applicationHistory,
  type ApplicationPatch,
  applicationPatch,
  type CallGraph,
  callGraph,
  type ChangeQuery,
  changeQuery,
  environmentQuery,
  type SearchAnswer,
  searchAnswer,
  type SearchQuery,
  searchQuery,
} from './application-schemas.js';
import { ApplicationService } from './application.service.js';
import { BulkInstances } from './bulk-instances.js';
import {
  type BulkInstanceAnswer,
  bulkInstanceAnswer,
  type BulkInstanceCreation,
  bulkInstanceCreation,
} from './instance-schemas.js';
import { SearchService } from './search.service.js';

const application = shapes.applications.object;
const name = { schema: objectName };

@ApiTags('applications')
@ApiBearerAuth()
@Controller('api/v1/tenants/:tenant')
export class ApplicationsController {
  constructor(
    private readonly views: Views,
    private readonly applications: ApplicationService,
    private readonly searching: SearchService,
    private readonly bulk: BulkInstances,
  ) {}

  @Get('applications')
  @Answers({
    summary: 'List or watch applications',
    body: shapes.applications.list,
    watch: true,
    refusals: [404],
  })
  async list(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<ListAnswer<Application> | StreamableFile> {
    await this.applications.objects.enter(caller, 'list', tenant);
    const matches = ({ metadata }: Application) => metadata.namespace === tenantNamespace(tenant);
    return this.views.applications.list(caller, query, { matches, lastEventId });
  }

  @Post('applications')
  @Answers({
    summary: 'Create an application',
    description: 'Safe to repeat: the same body again answers 200 with the application it made.',
    status: [201, 200],
    body: application,
    tagged: true,
    takesBody: true,
    refusals: [404, 409],
  })
  async create(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Body({ schema: applicationCreation }) body: ApplicationCreation,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Application> {
    const created = await this.applications.create(caller, tenant, body);
    void reply.status(created.isNew ? 201 : 200);
    void reply.header('location', `/api/v1/tenants/${tenant}/applications/${body.metadata.name}`);
    return created.application;
  }

  @Get('applications/:application')
  @Answers({
    summary: 'Get or watch an application',
    body: application,
    tagged: true,
    watch: true,
    refusals: [404],
  })
  async get(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('application', name) id: string,
    @Query({ schema: watchQuery }) { watch }: z.output<typeof watchQuery>,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Application | StreamableFile> {
    await this.applications.objects.enter(caller, 'get', tenant, id);
    const ref = { namespace: tenantNamespace(tenant), name: id };
    return watch
      ? this.views.applications.watch(caller, ref, lastEventId)
      : this.views.applications.get(caller, ref);
  }

  @Patch('applications/:application')
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @Answers({
    summary: 'Change an application',
    body: application,
    tagged: true,
    conditional: true,
    takesBody: true,
    refusals: [404, 409],
  })
  patch(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('application', name) id: string,
    @Body({ schema: applicationPatch }) patch: ApplicationPatch,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Application> {
    return this.applications.patch(caller, { tenant, name: id }, patch, ifMatch);
  }

  @Delete('applications/:application')
  @Answers({
    summary: 'Delete an application',
    status: 202,
    body: application,
    conditional: true,
    refusals: [404, 409],
  })
  delete(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('application', name) id: string,
    @Query({ schema: deleteQuery }) { confirm }: z.output<typeof deleteQuery>,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Application> {
    return this.applications.delete(caller, { tenant, name: id }, confirm, ifMatch);
  }

  @Get('applications/:application/history')
  @Answers({
    summary: 'Who changed an application, when and why',
    description: 'Its 200 newest changes, each with what is different.',
    body: applicationHistory,
    refusals: [404],
  })
  history(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('application', name) id: string,
    @Query({ schema: changeQuery }) query: ChangeQuery,
  ): Promise<ApplicationHistory> {
    return this.applications.history(caller, { tenant, name: id }, query);
  }

  @Get('applications/:application/call-graph')
  @Answers({ summary: 'Tell which service is told of which', body: callGraph, refusals: [404] })
  callGraph(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('application', name) id: string,
    @Query({ schema: environmentQuery }) { environment }: z.output<typeof environmentQuery>,
  ): Promise<CallGraph> {
    return this.applications.callGraph(caller, { tenant, name: id }, environment);
  }

  @Post('applications/:application/instances')
  @Answers({
    summary: 'Create an instance of an application on each of many clusters',
    description: 'Clusters are named or chosen by their labels. Nothing is deployed yet.',
    status: 201,
    body: bulkInstanceAnswer,
    takesBody: true,
    refusals: [404],
  })
  instantiate(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('application', name) id: string,
    @Body({ schema: bulkInstanceCreation }) body: BulkInstanceCreation,
  ): Promise<BulkInstanceAnswer> {
    return this.bulk.create(caller, { tenant, name: id }, body);
  }

  @Get('search')
  @Answers({
    summary: 'Find a text in templates, configs and applications',
    body: searchAnswer,
    refusals: [404],
  })
  search(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Query({ schema: searchQuery }) query: SearchQuery,
  ): Promise<SearchAnswer> {
    return this.searching.search(caller, tenant, query);
  }
}
