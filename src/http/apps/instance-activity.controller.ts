import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import { type InCluster, inCluster } from '../addresses.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import {
  type ChangeHistory,
  changeHistory,
  eventQuery,
  type HistoryQuery,
  historyQuery,
  type InstanceEvents,
  instanceEvents,
  type LogQuery,
  logQuery,
} from './activity-schemas.js';
import { InstanceActivity } from './instance-activity.js';
import { InstanceChanges } from './instance-changes.js';

const address = inCluster('instance');

@ApiTags('instances')
@ApiBearerAuth()
@Controller('api/v1/clusters/:cluster/instances/:instance')
export class InstanceActivityController {
  constructor(
    private readonly activity: InstanceActivity,
    private readonly changes: InstanceChanges,
  ) {}

  @Get('logs')
  @Answers({
    summary: 'What the pods of an instance or of one of its services write',
    description:
      'Lines `[pod/NAME/CONTAINER] text` in the order of time; with `follow` they go on as they come.',
    body: { mediaType: 'text/plain' },
    refusals: [404, 422],
  })
  async logs(
    @Caller() caller: Identity,
    @Param(address) at: InCluster,
    @Query({ schema: logQuery }) query: LogQuery,
  ): Promise<StreamableFile> {
    const text = await this.activity.logs(caller, at, query);
    return new StreamableFile(text, { type: 'text/plain; charset=utf-8' });
  }

  @Get('history')
  @Answers({
    summary: 'Who changed what of an instance, when and why',
    description:
      'Its drafts (versions, overrides, replicas, holds) and its releases, with what is different.',
    body: changeHistory,
    refusals: [404],
  })
  history(
    @Caller() caller: Identity,
    @Param(address) at: InCluster,
    @Query({ schema: historyQuery }) query: HistoryQuery,
  ): Promise<ChangeHistory> {
    return this.changes.list(caller, at, query);
  }

  @Get('events')
  @Answers({
    summary: 'Events of what an instance or one of its services consists of',
    body: instanceEvents,
    refusals: [404],
  })
  events(
    @Caller() caller: Identity,
    @Param(address) at: InCluster,
    @Query({ schema: eventQuery }) { service }: z.output<typeof eventQuery>,
  ): Promise<InstanceEvents> {
    return this.activity.events(caller, at, service);
  }
}
