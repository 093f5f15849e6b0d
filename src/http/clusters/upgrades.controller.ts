import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Identity } from '../../access/identity.js';
import type { Cluster } from '../../model/cluster.js';
import { objectName } from '../../model/fields.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import { shapes } from '../schemas.js';
import {
  type RollbackRequest,
  rollbackRequest,
  type UpgradeRequest,
  upgradeRequest,
  type VersionChange,
  versionChange,
} from './upgrade-schemas.js';
import { UpgradeService } from './upgrade.service.js';

const name = { schema: objectName };
const change = {
  status: [202, 200],
  body: versionChange,
  takesBody: true,
  refusals: [404, 409],
};

@ApiTags('clusters')
@ApiBearerAuth()
@Controller('api/v1/clusters/:cluster')
export class UpgradesController {
  constructor(private readonly upgrades: UpgradeService) {}

  @Post('upgrade')
  @Answers({
    ...change,
    summary: 'Upgrade the masters of a cluster',
    description:
      'A minor goes through a soak in which the new binaries act as the old minor. 200 answers a dry run. ' +
      'Gates that are shut are told one by one (409 UpgradeRefused).',
  })
  async upgrade(
    @Caller() caller: Identity,
    @Param('cluster', name) id: string,
    @Body({ schema: upgradeRequest }) request: UpgradeRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VersionChange> {
    return told(await this.upgrades.upgrade(caller, id, request), reply);
  }

  @Post('rollback')
  @Answers({ ...change, summary: 'Take the masters of a cluster back to an older version' })
  async rollback(
    @Caller() caller: Identity,
    @Param('cluster', name) id: string,
    @Body({ schema: rollbackRequest }) request: RollbackRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VersionChange> {
    return told(await this.upgrades.rollback(caller, id, request), reply);
  }

  @Post('finalize')
  @Answers({
    summary: 'End the soak of an upgrade',
    status: 202,
    body: shapes.clusters.object,
    refusals: [404, 409, 422],
  })
  finalize(@Caller() caller: Identity, @Param('cluster', name) id: string): Promise<Cluster> {
    return this.upgrades.finalize(caller, id);
  }
}

function told(answer: VersionChange, reply: FastifyReply): VersionChange {
  void reply.status(answer.started ? 202 : 200);
  return answer;
}
