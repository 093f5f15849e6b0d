import { Controller, Get, Headers, Param, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import type { ControlPlaneVersion } from '../../model/control-plane-version.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import { type ListQuery, listQuery, shapes, watchQuery } from '../schemas.js';
import { Views } from '../views.js';

/** Names of catalogue entries are DNS-1123 subdomains: `1.36.3` or `v1-36-3`. */
const versionName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);

@ApiTags('versions')
@ApiBearerAuth()
@Controller('api/v1/versions')
export class VersionsController {
  constructor(private readonly views: Views) {}

  @Get()
  @Answers({
    summary: 'List or watch the Kubernetes versions that can be had',
    body: shapes.versions.list,
    watch: true,
  })
  list(
    @Caller() caller: Identity,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<ControlPlaneVersion> | StreamableFile {
    return this.views.versions.list(caller, query, { lastEventId });
  }

  @Get(':version')
  @Answers({
    summary: 'Get or watch a version',
    body: shapes.versions.object,
    tagged: true,
    watch: true,
    refusals: [404],
  })
  async get(
    @Caller() caller: Identity,
    @Param('version', { schema: versionName }) name: string,
    @Query({ schema: watchQuery }) { watch }: z.output<typeof watchQuery>,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<ControlPlaneVersion | StreamableFile> {
    return watch
      ? this.views.versions.watch(caller, { name }, lastEventId)
      : this.views.versions.get(caller, { name });
  }
}
