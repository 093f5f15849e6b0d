import { Body, Controller, Headers, Param, Patch, Post, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { Identity } from '../../access/identity.js';
import { objectName } from '../../model/fields.js';
import { tenantNamespace } from '../../model/names.js';
import type { Rollout } from '../../model/rollout.js';
import { type InTenant, inTenant } from '../addresses.js';
import { Answers } from '../openapi/answers.js';
import { GetRoute, ListRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { type ListQuery, listQuery, shapes, type WatchQuery, watchQuery } from '../schemas.js';
import { Views } from '../views.js';
import { RolloutImpacts } from './rollout-impacts.js';
import {
  type RolloutCreation,
  rolloutCreation,
  type RolloutImpact,
  rolloutImpact,
  type RolloutImpactRequest,
  rolloutImpactRequest,
  type RolloutPatch,
  rolloutPatch,
} from './rollout-schemas.js';
import { RolloutService } from './rollout.service.js';

const rollout = shapes.rollouts.object;
const name = { schema: objectName };
const address = inTenant('rollout');

@ApiTags('rollouts')
@ApiBearerAuth()
@Controller('api/v1/tenants/:tenant/rollouts')
export class RolloutsController {
  constructor(
    private readonly views: Views,
    private readonly rollouts: RolloutService,
    private readonly impacts: RolloutImpacts,
  ) {}

  @ListRoute('', { summary: 'List or watch rollouts', body: shapes.rollouts.list })
  list(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<Rollout> | StreamableFile {
    return this.views.rollouts.list(caller, query, { namespace: tenantNamespace(tenant), lastEventId });
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

  @Post('impact')
  @Answers({
    summary: 'What a rollout would change, by instance and service',
    description: 'Nothing is changed. With `check`, every cluster is asked whether it would take it.',
    status: 200,
    body: rolloutImpact,
    takesBody: true,
    refusals: [404],
  })
  impact(
    @Caller() caller: Identity,
    @Param('tenant', name) tenant: string,
    @Body({ schema: rolloutImpactRequest }) request: RolloutImpactRequest,
  ): Promise<RolloutImpact> {
    return this.impacts.of(caller, tenant, request);
  }

  @GetRoute(':rollout', { summary: 'Get or watch a rollout', body: rollout })
  get(
    @Caller() caller: Identity,
    @Param(address) at: InTenant,
    @Query({ schema: watchQuery }) query: WatchQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Rollout | StreamableFile> {
    const ref = { namespace: tenantNamespace(at.tenant), name: at.name };
    return this.views.rollouts.show(caller, ref, query, lastEventId);
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
    @Param(address) at: InTenant,
    @Body({ schema: rolloutPatch }) patch: RolloutPatch,
  ): Promise<Rollout> {
    return this.rollouts.command(caller, at, patch);
  }
}
