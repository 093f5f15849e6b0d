import { Body, Controller, Get, Headers, Param, Post, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import { objectName } from '../../model/fields.js';
import type { Instance } from '../../model/instance.js';
import { clusterNamespace } from '../../model/names.js';
import { type InCluster, inCluster } from '../addresses.js';
import { Answers } from '../openapi/answers.js';
import { DeleteRoute, GetRoute, ListRoute, PatchRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { type ListQuery, listQuery, shapes, type WatchQuery, watchQuery } from '../schemas.js';
import { Views } from '../views.js';
import { InstanceDrafts } from './instance-drafts.js';
import {
  type DeleteInstanceQuery,
  deleteInstanceQuery,
  type DiffAnswer,
  diffAnswer,
  diffQuery,
  type ImpactAnswer,
  impactAnswer,
  impactQuery,
  type InstanceCreation,
  instanceCreation,
  type InstancePatch,
  instancePatch,
  type ManifestAnswer,
  manifestAnswer,
  manifestQuery,
  releaseAnswer,
  type ReleaseRequest,
  releaseRequest,
} from './instance-schemas.js';
import { InstanceService, type Released } from './instance.service.js';

const instance = shapes.instances.object;
const name = { schema: objectName };
const address = inCluster('instance');

@ApiTags('instances')
@ApiBearerAuth()
@Controller('api/v1/clusters/:cluster/instances')
export class InstancesController {
  constructor(
    private readonly views: Views,
    private readonly instances: InstanceService,
    private readonly drafts: InstanceDrafts,
  ) {}

  @ListRoute('', { summary: 'List or watch the instances of a cluster', body: shapes.instances.list })
  list(
    @Caller() caller: Identity,
    @Param('cluster', name) cluster: string,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<Instance> | StreamableFile {
    return this.views.instances.list(caller, query, { namespace: clusterNamespace(cluster), lastEventId });
  }

  @Post()
  @Answers({
    summary: 'Create an instance of an application',
    description: 'Nothing is deployed yet: make its releases with POST …/releases.',
    status: 201,
    body: instance,
    tagged: true,
    takesBody: true,
    refusals: [404, 409],
  })
  create(
    @Caller() caller: Identity,
    @Param('cluster', name) cluster: string,
    @Body({ schema: instanceCreation }) body: InstanceCreation,
  ): Promise<Instance> {
    return this.instances.create(caller, cluster, body);
  }

  @GetRoute(':instance', { summary: 'Get or watch an instance', body: instance })
  get(
    @Caller() caller: Identity,
    @Param(address) at: InCluster,
    @Query({ schema: watchQuery }) query: WatchQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Instance | StreamableFile> {
    const ref = { namespace: clusterNamespace(at.cluster), name: at.name };
    return this.views.instances.show(caller, ref, query, lastEventId);
  }

  @PatchRoute(':instance', {
    summary: 'Change the draft of an instance',
    description: 'Versions, overrides, replicas, holds. Nothing is published by it.',
    body: instance,
  })
  patch(
    @Caller() caller: Identity,
    @Param(address) at: InCluster,
    @Body({ schema: instancePatch }) patch: InstancePatch,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Instance> {
    return this.instances.patch(caller, at, patch, ifMatch);
  }

  @DeleteRoute(':instance', { summary: 'Delete an instance and what it deployed', body: instance })
  delete(
    @Caller() caller: Identity,
    @Param(address) at: InCluster,
    @Query({ schema: deleteInstanceQuery }) query: DeleteInstanceQuery,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Instance> {
    return this.instances.delete(caller, at, query, ifMatch);
  }

  @Post(':instance/releases')
  @Answers({
    summary: 'Publish, take away, restart, scale or roll back services',
    description: 'Makes a release of each service that changes; they are worked off one after the other.',
    status: 202,
    body: releaseAnswer,
    takesBody: true,
    refusals: [404, 409],
  })
  release(
    @Caller() caller: Identity,
    @Param(address) at: InCluster,
    @Body({ schema: releaseRequest }) request: ReleaseRequest,
  ): Promise<Released> {
    return this.instances.release(caller, at, request);
  }

  @Get(':instance/impact')
  @Answers({
    summary: 'What publishing the draft would change',
    body: impactAnswer,
    refusals: [404, 409, 422],
  })
  async impact(
    @Caller() caller: Identity,
    @Param(address) at: InCluster,
    @Query({ schema: impactQuery }) { check = false }: z.output<typeof impactQuery>,
  ): Promise<ImpactAnswer> {
    const found = await this.instances.readable(caller, at);
    return this.drafts.impact(found.history, found.cluster, check);
  }

  @Get(':instance/services/:service/manifest')
  @Answers({
    summary: 'The objects of a service: drafted, published, live, or of a release',
    body: manifestAnswer,
    refusals: [404, 409, 422],
  })
  async manifest(
    @Caller() caller: Identity,
    @Param(address) at: InCluster,
    @Param('service', name) service: string,
    @Query({ schema: manifestQuery }) { view }: z.output<typeof manifestQuery>,
  ): Promise<ManifestAnswer> {
    const found = await this.instances.readable(caller, at);
    return this.drafts.manifest(found.history, found.cluster, service, view);
  }

  @Get(':instance/services/:service/diff')
  @Answers({ summary: 'Compare two sides of a service', body: diffAnswer, refusals: [404, 409, 422] })
  async diff(
    @Caller() caller: Identity,
    @Param(address) at: InCluster,
    @Param('service', name) service: string,
    @Query({ schema: diffQuery }) sides: z.output<typeof diffQuery>,
  ): Promise<DiffAnswer> {
    const found = await this.instances.readable(caller, at);
    return this.drafts.diff(found.history, found.cluster, service, sides);
  }
}
