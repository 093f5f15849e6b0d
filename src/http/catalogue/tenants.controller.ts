import { Body, Controller, Headers, Param, Query } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import { objectName } from '../../model/fields.js';
import type { Tenant } from '../../model/tenant.js';
import { DeleteRoute, GetRoute, ListRoute, SaveRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import type { Saved } from '../saved.interceptor.js';
import {
  deleteQuery,
  type ListQuery,
  listQuery,
  shapes,
  type TenantCreation,
  tenantCreation,
  type WatchQuery,
  watchQuery,
} from '../schemas.js';
import { Views } from '../views.js';
import { TenantService } from './tenant.service.js';

const tenant = shapes.tenants.object;
const name = { schema: objectName };

@ApiTags('tenants')
@ApiBearerAuth()
@Controller('api/v1/tenants')
export class TenantsController {
  constructor(
    private readonly views: Views,
    private readonly tenants: TenantService,
  ) {}

  @ListRoute('', { summary: 'List or watch tenants', body: shapes.tenants.list })
  list(
    @Caller() caller: Identity,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<Tenant> | StreamableFile {
    return this.views.tenants.list(caller, query, { lastEventId });
  }

  @SaveRoute('', {
    summary: 'Create a tenant',
    description: 'Safe to repeat: the same body again answers 200 with the tenant it made.',
    body: tenant,
    tagged: true,
    refusals: [409],
  })
  create(
    @Caller() caller: Identity,
    @Body({ schema: tenantCreation }) body: TenantCreation,
  ): Promise<Saved<Tenant>> {
    return this.tenants.create(caller, body);
  }

  @GetRoute(':tenant', { summary: 'Get or watch a tenant', body: tenant })
  get(
    @Caller() caller: Identity,
    @Param('tenant', name) id: string,
    @Query({ schema: watchQuery }) query: WatchQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Tenant | StreamableFile> {
    return this.views.tenants.show(caller, { name: id }, query, lastEventId);
  }

  @DeleteRoute(':tenant', { summary: 'Delete a tenant that owns no clusters', body: tenant })
  delete(
    @Caller() caller: Identity,
    @Param('tenant', name) id: string,
    @Query({ schema: deleteQuery }) { confirm }: z.output<typeof deleteQuery>,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Tenant> {
    return this.tenants.delete(caller, id, confirm, ifMatch);
  }
}
