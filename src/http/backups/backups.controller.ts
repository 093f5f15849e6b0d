import { Body, Controller, Delete, Headers, Param, Post, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import type { Backup } from '../../model/backup.js';
import { objectName } from '../../model/fields.js';
import { clusterNamespace } from '../../model/names.js';
import type { Operation } from '../../model/operation.js';
import { Answers } from '../openapi/answers.js';
import { GetRoute, ListRoute, OperationRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { deleteQuery, type ListQuery, listQuery, shapes, type WatchQuery, watchQuery } from '../schemas.js';
import { Views } from '../views.js';
import {
  backupName,
  type BackupRequest,
  backupRequest,
  type DrillRequest,
  drillRequest,
  type RestoreRequest,
  restoreRequest,
} from './backup-schemas.js';
import { BackupService } from './backup.service.js';

const cluster = { schema: objectName };
const backup = { schema: backupName };
const { object, list } = shapes.backups;

@ApiTags('backups')
@ApiBearerAuth()
@Controller('api/v1')
export class BackupsController {
  constructor(
    private readonly views: Views,
    private readonly backups: BackupService,
  ) {}

  @ListRoute('backups', { summary: 'List or watch backups', body: list })
  list(
    @Caller() caller: Identity,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<Backup> | StreamableFile {
    return this.views.backups.list(caller, query, { lastEventId });
  }

  @ListRoute('clusters/:cluster/backups', { summary: 'List or watch the backups of a cluster', body: list })
  listOfCluster(
    @Caller() caller: Identity,
    @Param('cluster', cluster) name: string,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<Backup> | StreamableFile {
    const matches = ({ spec }: Backup) => spec.cluster === name;
    return this.views.backups.list(caller, query, { matches, lastEventId });
  }

  @Post('clusters/:cluster/backups')
  @Answers({
    summary: 'Back up a cluster',
    status: 201,
    body: object,
    tagged: true,
    takesBody: true,
    refusals: [404, 409],
  })
  create(
    @Caller() caller: Identity,
    @Param('cluster', cluster) name: string,
    @Body({ schema: backupRequest }) request: BackupRequest,
  ): Promise<Backup> {
    return this.backups.create(caller, name, request);
  }

  @GetRoute('clusters/:cluster/backups/:backup', { summary: 'Get or watch a backup', body: object })
  get(
    @Caller() caller: Identity,
    @Param('cluster', cluster) name: string,
    @Param('backup', backup) id: string,
    @Query({ schema: watchQuery }) query: WatchQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Backup | StreamableFile> {
    const ref = { namespace: clusterNamespace(name), name: id };
    return this.views.backups.show(caller, ref, query, lastEventId);
  }

  @Delete('clusters/:cluster/backups/:backup')
  @Answers({ summary: 'Delete a backup and what it stored', status: 202, body: object, refusals: [404] })
  delete(
    @Caller() caller: Identity,
    @Param('cluster', cluster) name: string,
    @Param('backup', backup) id: string,
    @Query({ schema: deleteQuery }) { confirm }: z.output<typeof deleteQuery>,
  ): Promise<Backup> {
    return this.backups.delete(caller, name, id, confirm);
  }

  @OperationRoute('clusters/:cluster/restore', {
    summary: 'Take a cluster back to a backup',
    description:
      'The snapshot is checked before anything is touched, and a backup of what is there is made first. Nodes and ' +
      'pods stay; clients that watch go on.',
  })
  restore(
    @Caller() caller: Identity,
    @Param('cluster', cluster) name: string,
    @Body({ schema: restoreRequest }) request: RestoreRequest,
  ): Promise<Operation> {
    return this.backups.restore(caller, name, request);
  }

  @OperationRoute('clusters/:cluster/drill', {
    summary: 'Try a backup out',
    description:
      'The backup is restored into a scratch cluster, its keys and values are compared with what the backup says, and ' +
      'the cluster is deleted. The first cluster is not touched.',
  })
  drill(
    @Caller() caller: Identity,
    @Param('cluster', cluster) name: string,
    @Body({ schema: drillRequest }) request: DrillRequest,
  ): Promise<Operation> {
    return this.backups.drill(caller, name, request);
  }
}
