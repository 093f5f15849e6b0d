import { Body, Controller, Headers, Param, Post, Query, Res } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import type { Cluster } from '../../model/cluster.js';
import { isTrue } from '../../model/conditions.js';
import { objectName } from '../../model/fields.js';
import { clusterNamespace } from '../../model/names.js';
import { Answers } from '../openapi/answers.js';
import { DeleteRoute, GetRoute, ListRoute, PatchRoute, SaveRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import type { Saved } from '../saved.interceptor.js';
import {
  type ClusterCreation,
  clusterCreation,
  type ClusterPatch,
  clusterPatch,
  type ClusterQuery,
  clusterQuery,
  createQuery,
  deleteQuery,
  type KubeconfigAnswer,
  kubeconfigAnswer,
  type KubeconfigRequest,
  kubeconfigRequest,
  shapes,
  type WatchQuery,
  watchQuery,
} from '../schemas.js';
import { Views } from '../views.js';
import { ClusterService } from './cluster.service.js';
import { KubeconfigService } from './kubeconfig.service.js';

const cluster = shapes.clusters.object;
const name = { schema: objectName };

@ApiTags('clusters')
@ApiBearerAuth()
@Controller('api/v1/clusters')
export class ClustersController {
  constructor(
    private readonly views: Views,
    private readonly clusters: ClusterService,
    private readonly kubeconfigs: KubeconfigService,
  ) {}

  @ListRoute('', { summary: 'List or watch clusters', body: shapes.clusters.list })
  list(
    @Caller() caller: Identity,
    @Query({ schema: clusterQuery }) query: ClusterQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<Cluster> | StreamableFile {
    return this.views.clusters.list(caller, query, { matches: matcher(query), lastEventId });
  }

  @SaveRoute('', {
    summary: 'Create a cluster',
    description: 'Safe to repeat: the same body again answers 200 with the cluster it made.',
    body: cluster,
    tagged: true,
    refusals: [409],
  })
  create(
    @Caller() caller: Identity,
    @Body({ schema: clusterCreation }) body: ClusterCreation,
    @Query({ schema: createQuery }) { dryRun }: z.output<typeof createQuery>,
  ): Promise<Saved<Cluster>> {
    return this.clusters.create(caller, body, { dryRun: dryRun === 'All' });
  }

  @GetRoute(':cluster', { summary: 'Get or watch a cluster', body: cluster })
  get(
    @Caller() caller: Identity,
    @Param('cluster', name) id: string,
    @Query({ schema: watchQuery }) query: WatchQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Cluster | StreamableFile> {
    const ref = { namespace: clusterNamespace(id), name: id };
    return this.views.clusters.show(caller, ref, query, lastEventId);
  }

  @PatchRoute(':cluster', { summary: 'Change a cluster', body: cluster })
  patch(
    @Caller() caller: Identity,
    @Param('cluster', name) id: string,
    @Body({ schema: clusterPatch }) patch: ClusterPatch,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Cluster> {
    return this.clusters.patch(caller, id, patch, ifMatch);
  }

  @DeleteRoute(':cluster', { summary: 'Delete a cluster and all that is in it', body: cluster })
  delete(
    @Caller() caller: Identity,
    @Param('cluster', name) id: string,
    @Query({ schema: deleteQuery }) { confirm }: z.output<typeof deleteQuery>,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Cluster> {
    return this.clusters.delete(caller, id, confirm, ifMatch);
  }

  @Post(':cluster/kubeconfig')
  @Answers({
    summary: 'Get a kubeconfig with a short-lived client certificate',
    status: 201,
    body: kubeconfigAnswer,
    takesBody: true,
    refusals: [404, 409],
  })
  async kubeconfig(
    @Caller() caller: Identity,
    @Param('cluster', name) id: string,
    @Body({ schema: kubeconfigRequest }) request: KubeconfigRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KubeconfigAnswer> {
    void reply.header('cache-control', 'no-store');
    return this.kubeconfigs.issue(caller, id, request);
  }
}

function matcher({ tenant, version, ready }: ClusterQuery): (cluster: Cluster) => boolean {
  return ({ spec, status }) =>
    (tenant === undefined || spec.tenant === tenant) &&
    (version === undefined || spec.version === version) &&
    (ready === undefined || isTrue(status?.conditions, 'Ready') === ready);
}
