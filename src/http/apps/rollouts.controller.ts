import { Body, Controller, Get, Headers, Param, Patch, Post, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import { objectName } from '../../model/fields.js';
import { tenantNamespace } from '../../model/names.js';
import type { Rollout } from '../../model/rollout.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { type ListQuery, listQuery, shapes, watchQuery } from '../schemas.js';
import { Views } from '../views.js';
import { type RolloutCreation, rolloutCreation, type RolloutPatch, rolloutPatch } from './rollout-schemas.js';
import { RolloutService } from './rollout.service.js';

const rollout = shapes.rollouts.object;
const name = { schema: objectName };

@ApiTags('rollouts')
@ApiBearerAuth()
@Controller('api/v1/tenants/:tenant/rollouts')
export class RolloutsController {
  constructor(
    private readonly views: Views,
    private readonly rollouts: RolloutService,
  ) {}

  @Get()
  @Answers({ summary: 'List or watch rollouts', body: shapes.rollouts.list, watch: true })
  list(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<Rollout> | StreamableFile {
    const namespace = tenantNamespace(tenant);
    const matches = ({ metadata }: Rollout) => metadata.namespace === namespace;
    return this.views.rollouts.list(caller, query, { matches, lastEventId });
  }

  @Post()
  @Answers({
    summary: 'Publish to many instances',
    status: 201,
    body: rollout,
    takesBody: true,
    refusals: [404, 409],
  })
  create(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Body({ schema: rolloutCreation }) body: RolloutCreation,
  ): Promise<Rollout> {
    return this.rollouts.create(caller, tenant, body);
  }

  @Get(':rollout')
  @Answers({ summary: 'Get or watch a rollout', body: rollout, tagged: true, watch: true, refusals: [404] })
  async get(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('rollout', name) id: string,
    @Query({ schema: watchQuery }) { watch }: z.output<typeof watchQuery>,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Rollout | StreamableFile> {
    const ref = { namespace: tenantNamespace(tenant), name: id };
    return watch ? this.views.rollouts.watch(caller, ref, lastEventId) : this.views.rollouts.get(caller, ref);
  }

  @Patch(':rollout')
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @Answers({
    summary: 'Pause, resume, abort or roll back a rollout',
    body: rollout,
    tagged: true,
    takesBody: true,
    refusals: [404, 409],
  })
  patch(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Param('rollout', name) id: string,
    @Body({ schema: rolloutPatch }) patch: RolloutPatch,
  ): Promise<Rollout> {
    return this.rollouts.command(caller, tenant, id, patch);
  }
}
