import { Body, Controller, Headers, Param, Patch, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { Identity } from '../../access/identity.js';
import { objectName } from '../../model/fields.js';
import type { FleetUpgrade } from '../../model/fleet-upgrade.js';
import { Answers } from '../openapi/answers.js';
import { GetRoute, ListRoute, SaveRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { type ListQuery, listQuery, shapes, type WatchQuery, watchQuery } from '../schemas.js';
import type { Saved } from '../saved.interceptor.js';
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

  @ListRoute('', { summary: 'List or watch upgrades of the fleet', body: shapes.fleetUpgrades.list })
  list(
    @Caller() caller: Identity,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<FleetUpgrade> | StreamableFile {
    return this.views.fleetUpgrades.list(caller, query, { lastEventId });
  }

  @SaveRoute('', {
    summary: 'Upgrade many clusters',
    description:
      'In waves, in the maintenance windows of the clusters, until too many have failed. 200 answers a dry run: ' +
      'status tells the clusters and their waves.',
    body: fleet,
    refusals: [409],
  })
  create(
    @Caller() caller: Identity,
    @Body({ schema: fleetUpgradeCreation }) body: FleetUpgradeCreation,
  ): Promise<Saved<FleetUpgrade>> {
    return this.fleets.create(caller, body);
  }

  @GetRoute(':fleet', { summary: 'Get or watch an upgrade of the fleet', body: fleet })
  get(
    @Caller() caller: Identity,
    @Param('fleet', name) id: string,
    @Query({ schema: watchQuery }) query: WatchQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<FleetUpgrade | StreamableFile> {
    const ref = { name: id };
    return this.views.fleetUpgrades.show(caller, ref, query, lastEventId);
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
