import { Body, Controller, Headers, Param, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import type { ControlPlaneVersion } from '../../model/control-plane-version.js';
import { GetRoute, ListRoute, PatchRoute, SaveRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import type { Saved } from '../saved.interceptor.js';
import {
  type ListQuery,
  listQuery,
  shapes,
  type VersionCreation,
  versionCreation,
  type VersionPatch,
  versionPatch,
  type WatchQuery,
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

  @ListRoute('', {
    summary: 'List or watch the Kubernetes versions that can be had',
    body: shapes.versions.list,
  })
  list(
    @Caller() caller: Identity,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<ControlPlaneVersion> | StreamableFile {
    return this.views.versions.list(caller, query, { lastEventId });
  }

  @GetRoute(':version', { summary: 'Get or watch a version', body: shapes.versions.object })
  get(
    @Caller() caller: Identity,
    @Param('version', { schema: versionName }) name: string,
    @Query({ schema: watchQuery }) query: WatchQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<ControlPlaneVersion | StreamableFile> {
    return this.views.versions.show(caller, { name }, query, lastEventId);
  }

  @SaveRoute('', {
    summary: 'Put a version into the catalogue, or replace an entry',
    description: 'A build of your own has a suffix: 1.36.3-acme.1. Clusters stay as they are.',
    body: shapes.versions.object,
    tagged: true,
    conditional: true,
    refusals: [409],
  })
  apply(
    @Caller() caller: Identity,
    @Body({ schema: versionCreation }) body: VersionCreation,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Saved<ControlPlaneVersion>> {
    return this.versions.apply(caller, body, ifMatch);
  }

  @PatchRoute(':version', {
    summary: 'Change the channel of a version: deprecate it, with the day it expires',
    body: shapes.versions.object,
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
