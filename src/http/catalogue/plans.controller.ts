import { Controller, Get, Headers, Param, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import { objectName } from '../../model/fields.js';
import type { Plan } from '../../model/plan.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { type ListQuery, listQuery, shapes, watchQuery } from '../schemas.js';
import { Views } from '../views.js';

@ApiTags('plans')
@ApiBearerAuth()
@Controller('api/v1/plans')
export class PlansController {
  constructor(private readonly views: Views) {}

  @Get()
  @Answers({ summary: 'List or watch the sizes clusters come in', body: shapes.plans.list, watch: true })
  list(
    @Caller() caller: Identity,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<Plan> | StreamableFile {
    return this.views.plans.list(caller, query, { lastEventId });
  }

  @Get(':plan')
  @Answers({
    summary: 'Get or watch a plan',
    body: shapes.plans.object,
    tagged: true,
    watch: true,
    refusals: [404],
  })
  async get(
    @Caller() caller: Identity,
    @Param('plan', { schema: objectName }) name: string,
    @Query({ schema: watchQuery }) { watch }: z.output<typeof watchQuery>,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Plan | StreamableFile> {
    return watch
      ? this.views.plans.watch(caller, { name }, lastEventId)
      : this.views.plans.get(caller, { name });
  }
}
