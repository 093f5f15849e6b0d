import { Body, Controller, Get, Headers, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import { objectName } from '../../model/fields.js';
import type { FleetUpgrade } from '../../model/fleet-upgrade.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { type ListQuery, listQuery, shapes, watchQuery } from '../schemas.js';
import { Views } from '../views.js';
import {
  type FleetUpgradeCreation,
  fleetUpgradeCreation,
  type FleetUpgradePatch,
  fleetUpgradePatch,
} from './fleet-schemas.js';
import { FleetService } from './fleet.service.js';

const fleet = shapes.fleetUpgrades.object;
const name = { schema: objectName };

@ApiTags('fleet-upgrades')
@ApiBearerAuth()
@Controller('api/v1/fleet-upgrades')
export class FleetController {
  constructor(
    private readonly views: Views,
    private readonly fleets: FleetService,
  ) {}

  @Get()
  @Answers({ summary: 'List or watch upgrades of the fleet', body: shapes.fleetUpgrades.list, watch: true })
  list(
    @Caller() caller: Identity,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<FleetUpgrade> | StreamableFile {
    return this.views.fleetUpgrades.list(caller, query, { lastEventId });
  }

  @Post()
  @Answers({
    summary: 'Upgrade many clusters',
    description:
      'In waves, in the maintenance windows of the clusters, until too many have failed. 200 answers a dry run: ' +
      'status tells the clusters and their waves.',
    status: [201, 200],
    body: fleet,
    takesBody: true,
    refusals: [409],
  })
  async create(
    @Caller() caller: Identity,
    @Body({ schema: fleetUpgradeCreation }) body: FleetUpgradeCreation,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FleetUpgrade> {
    const made = await this.fleets.create(caller, body);
    void reply.status(body.dryRun ? 200 : 201);
    return made;
  }

  @Get(':fleet')
  @Answers({
    summary: 'Get or watch an upgrade of the fleet',
    body: fleet,
    tagged: true,
    watch: true,
    refusals: [404],
  })
  async get(
    @Caller() caller: Identity,
    @Param('fleet', name) id: string,
    @Query({ schema: watchQuery }) { watch }: z.output<typeof watchQuery>,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<FleetUpgrade | StreamableFile> {
    const ref = { name: id };
    return watch
      ? this.views.fleetUpgrades.watch(caller, ref, lastEventId)
      : this.views.fleetUpgrades.get(caller, ref);
  }

  @Patch(':fleet')
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @Answers({
    summary: 'Pause, resume or abort an upgrade of the fleet',
    body: fleet,
    tagged: true,
    takesBody: true,
    refusals: [404, 409],
  })
  patch(
    @Caller() caller: Identity,
    @Param('fleet', name) id: string,
    @Body({ schema: fleetUpgradePatch }) patch: FleetUpgradePatch,
  ): Promise<FleetUpgrade> {
    return this.fleets.patch(caller, id, patch);
  }
}
