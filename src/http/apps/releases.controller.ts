import { Body, Controller, Get, Headers, Param, Post, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import { objectName } from '../../model/fields.js';
import { clusterNamespace } from '../../model/names.js';
import type { Release } from '../../model/release.js';
import { Answers } from '../openapi/answers.js';
import { ListRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { type ReleaseQuery, releaseQuery, shapes } from '../schemas.js';
import { Views } from '../views.js';
import { BulkInstances } from './bulk-instances.js';
import {
  type BulkReleaseAnswer,
  bulkReleaseAnswer,
  type BulkReleaseRequest,
  bulkReleaseRequest,
} from './instance-schemas.js';

const cluster = { schema: objectName };
const release = {
  schema: z
    .string()
    .max(120)
    .regex(/^[a-z0-9-]+\.[a-z0-9-]+\.\d+$/, 'must be INSTANCE.SERVICE.REVISION'),
};

@ApiTags('releases')
@ApiBearerAuth()
@Controller('api/v1/clusters/:cluster/releases')
export class ReleasesController {
  constructor(
    private readonly views: Views,
    private readonly bulk: BulkInstances,
  ) {}

  @ListRoute('', { summary: 'List or watch releases', body: shapes.releases.list })
  list(
    @Caller() caller: Identity,
    @Param('cluster', cluster) name: string,
    @Query({ schema: releaseQuery }) { instance, service, ...query }: ReleaseQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<Release> | StreamableFile {
    const namespace = clusterNamespace(name);
    const matches = ({ metadata, spec }: Release) =>
      metadata.namespace === namespace &&
      (instance === undefined || spec.instance === instance) &&
      (service === undefined || spec.service === service);
    return this.views.releases.list(caller, query, { matches, lastEventId });
  }

  @Post()
  @Answers({
    summary: 'Publish, take away, restart, scale or roll back services of many instances',
    description: 'For hundreds of instances with limits and a way back, make a rollout.',
    status: 202,
    body: bulkReleaseAnswer,
    takesBody: true,
    refusals: [404],
  })
  release(
    @Caller() caller: Identity,
    @Param('cluster', cluster) name: string,
    @Body({ schema: bulkReleaseRequest }) request: BulkReleaseRequest,
  ): Promise<BulkReleaseAnswer> {
    return this.bulk.release(caller, name, request);
  }

  @Get(':release')
  @Answers({ summary: 'Get a release', body: shapes.releases.object, refusals: [404] })
  get(
    @Caller() caller: Identity,
    @Param('cluster', cluster) name: string,
    @Param('release', release) id: string,
  ): Promise<Release> {
    return this.views.releases.get(caller, { namespace: clusterNamespace(name), name: id });
  }
}
