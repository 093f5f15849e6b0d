import { Body, Controller, Get, Headers, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import type { ControlPlaneVersion } from '../../model/control-plane-version.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import {
  type ListQuery,
  listQuery,
  shapes,
  type VersionCreation,
  versionCreation,
  type VersionPatch,
  versionPatch,
  watchQuery,
} from '../schemas.js';
import { Views } from '../views.js';
import { VersionService } from './version.service.js';

/** Names of catalogue entries are DNS-1123 subdomains: `1.36.3` or `v1-36-3`. */
const versionName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);

@ApiTags('versions')
@ApiBearerAuth()
@Controller('api/v1/versions')
export class VersionsController {
  constructor(
    private readonly views: Views,
    private readonly versions: VersionService,
  ) {}

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

  @Post()
  @Answers({
    summary: 'Put a version into the catalogue, or replace an entry',
    description: 'A build of your own has a suffix: 1.36.3-acme.1. Clusters stay as they are.',
    status: [201, 200],
    body: shapes.versions.object,
    tagged: true,
    conditional: true,
    takesBody: true,
    refusals: [409],
  })
  async apply(
    @Caller() caller: Identity,
    @Body({ schema: versionCreation }) body: VersionCreation,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<ControlPlaneVersion> {
    const { version, isNew } = await this.versions.apply(caller, body, ifMatch);
    void reply.status(isNew ? 201 : 200);
    void reply.header('location', `/api/v1/versions/${body.metadata.name}`);
    return version;
  }

  @Patch(':version')
  @ApiConsumes('application/merge-patch+json', 'application/json')
  @Answers({
    summary: 'Change the channel of a version: deprecate it, with the day it expires',
    body: shapes.versions.object,
    tagged: true,
    conditional: true,
    takesBody: true,
    refusals: [404, 409],
  })
  patch(
    @Caller() caller: Identity,
    @Param('version', { schema: versionName }) name: string,
    @Body({ schema: versionPatch }) patch: VersionPatch,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<ControlPlaneVersion> {
    return this.versions.patch(caller, name, patch, ifMatch);
  }
}
