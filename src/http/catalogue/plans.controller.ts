import { Controller, Headers, Param, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Identity } from '../../access/identity.js';
import { objectName } from '../../model/fields.js';
import type { Plan } from '../../model/plan.js';
import { GetRoute, ListRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { type ListQuery, listQuery, shapes, type WatchQuery, watchQuery } from '../schemas.js';
import { Views } from '../views.js';

@ApiTags('plans')
@ApiBearerAuth()
@Controller('api/v1/plans')
export class PlansController {
  constructor(private readonly views: Views) {}

  @ListRoute('', { summary: 'List or watch the sizes clusters come in', body: shapes.plans.list })
  list(
    @Caller() caller: Identity,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<Plan> | StreamableFile {
    return this.views.plans.list(caller, query, { lastEventId });
  }

  @GetRoute(':plan', { summary: 'Get or watch a plan', body: shapes.plans.object })
  get(
    @Caller() caller: Identity,
    @Param('plan', { schema: objectName }) name: string,
    @Query({ schema: watchQuery }) query: WatchQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Plan | StreamableFile> {
    return this.views.plans.show(caller, { name }, query, lastEventId);
  }
}
