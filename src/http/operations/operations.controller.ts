import { Controller, Headers, Param, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import type { ObjectRef } from '../../kube/types.js';
import { objectName } from '../../model/fields.js';
import { clusterNamespace } from '../../model/names.js';
import type { Operation } from '../../model/operation.js';
import { GetRoute, ListRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { type ListQuery, listQuery, shapes, type WatchQuery, watchQuery } from '../schemas.js';
import { Views } from '../views.js';

const cluster = { schema: objectName };
const operation = {
  schema: z
    .string()
    .max(253)
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/),
};
const { object, list } = shapes.operations;

@ApiTags('operations')
@ApiBearerAuth()
@Controller('api/v1')
export class OperationsController {
  constructor(private readonly views: Views) {}

  @ListRoute('operations', { summary: 'List or watch operations', body: list })
  list(
    @Caller() caller: Identity,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<Operation> | StreamableFile {
    return this.views.operations.list(caller, query, { lastEventId });
  }

  @ListRoute('clusters/:cluster/operations', {
    summary: 'List or watch the operations of a cluster',
    body: list,
  })
  listOfCluster(
    @Caller() caller: Identity,
    @Param('cluster', cluster) name: string,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<Operation> | StreamableFile {
    const matches = ({ spec }: Operation) => spec.cluster === name;
    return this.views.operations.list(caller, query, { matches, lastEventId });
  }

  @GetRoute('clusters/:cluster/operations/:operation', { summary: 'Get or watch an operation', body: object })
  get(
    @Caller() caller: Identity,
    @Param('cluster', cluster) name: string,
    @Param('operation', operation) id: string,
    @Query({ schema: watchQuery }) query: WatchQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Operation | StreamableFile> {
    const ref = this.#locate(name, id);
    return this.views.operations.show(caller, ref, query, lastEventId);
  }

  /** A deletion's record outlives the cluster's namespace and so lies elsewhere. */
  #locate(clusterName: string, name: string): ObjectRef {
    const known = this.views.operations.feed.objects
      .list()
      .find(({ metadata, spec }) => metadata.name === name && spec.cluster === clusterName);
    return { namespace: known?.metadata.namespace ?? clusterNamespace(clusterName), name };
  }
}
