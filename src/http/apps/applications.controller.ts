import { Body, Controller, Get, Headers, Param, Post, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import type { Application } from '../../model/application.js';
import { objectName } from '../../model/fields.js';
import { type InTenant, inTenant } from '../addresses.js';
import { Answers } from '../openapi/answers.js';
import { DeleteRoute, GetRoute, ListRoute, PatchRoute, SaveRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import type { Saved } from '../saved.interceptor.js';
import { deleteQuery, type ListQuery, listQuery, shapes, type WatchQuery, watchQuery } from '../schemas.js';
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
const address = inTenant('application');

@ApiTags('applications')
@ApiBearerAuth()
@Controller('api/v1/tenants/:tenant')
export class ApplicationsController {
  constructor(
    private readonly applications: ApplicationService,
    private readonly searching: SearchService,
    private readonly bulk: BulkInstances,
  ) {}

  @ListRoute('applications', {
    summary: 'List or watch applications',
    body: shapes.applications.list,
    refusals: [404],
  })
  list(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<ListAnswer<Application> | StreamableFile> {
    return this.applications.objects.list(caller, tenant, query, lastEventId);
  }

  @SaveRoute('applications', {
    summary: 'Create an application',
    description: 'Safe to repeat: the same body again answers 200 with the application it made.',
    body: application,
    tagged: true,
  })
  create(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Body({ schema: applicationCreation }) body: ApplicationCreation,
  ): Promise<Saved<Application>> {
    return this.applications.create(caller, tenant, body);
  }

  @GetRoute('applications/:application', { summary: 'Get or watch an application', body: application })
  get(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Query({ schema: watchQuery }) query: WatchQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Application | StreamableFile> {
    return this.applications.objects.show(caller, at, query, lastEventId);
  }

  @PatchRoute('applications/:application', { summary: 'Change an application', body: application })
  patch(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Body({ schema: applicationPatch }) patch: ApplicationPatch,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Application> {
    return this.applications.patch(caller, at, patch, ifMatch);
  }

  @DeleteRoute('applications/:application', { summary: 'Delete an application', body: application })
  delete(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Query({ schema: deleteQuery }) { confirm }: z.output<typeof deleteQuery>,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Application> {
    return this.applications.delete(caller, at, confirm, ifMatch);
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
    @Param(address) at: InTenant,
    @Query({ schema: changeQuery }) query: ChangeQuery,
  ): Promise<ApplicationHistory> {
    return this.applications.history(caller, at, query);
  }

  @Get('applications/:application/call-graph')
  @Answers({ summary: 'Tell which service is told of which', body: callGraph, refusals: [404] })
  callGraph(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Query({ schema: environmentQuery }) { environment }: z.output<typeof environmentQuery>,
  ): Promise<CallGraph> {
    return this.applications.callGraph(caller, at, environment);
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
    @Param(address) at: InTenant,
    @Body({ schema: bulkInstanceCreation }) body: BulkInstanceCreation,
  ): Promise<BulkInstanceAnswer> {
    return this.bulk.create(caller, at, body);
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
