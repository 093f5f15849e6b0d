import { Body, Controller, Delete, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import { objectName } from '../../model/fields.js';
import type { Tenant } from '../../model/tenant.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import type { ListAnswer } from '../resource-view.js';
import {
  deleteQuery,
  type ListQuery,
  listQuery,
  shapes,
  type TenantCreation,
  tenantCreation,
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

  @Get()
  @Answers({ summary: 'List or watch tenants', body: shapes.tenants.list, watch: true })
  list(
    @Caller() caller: Identity,
    @Query({ schema: listQuery }) query: ListQuery,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): ListAnswer<Tenant> | StreamableFile {
    return this.views.tenants.list(caller, query, { lastEventId });
  }

  @Post()
  @Answers({
    summary: 'Create a tenant',
    description: 'Safe to repeat: the same body again answers 200 with the tenant it made.',
    status: [201, 200],
    body: tenant,
    tagged: true,
    takesBody: true,
    refusals: [409],
  })
  async create(
    @Caller() caller: Identity,
    @Body({ schema: tenantCreation }) body: TenantCreation,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Tenant> {
    const created = await this.tenants.create(caller, body);
    void reply.status(created.isNew ? 201 : 200);
    void reply.header('location', `/api/v1/tenants/${body.metadata.name}`);
    return created.tenant;
  }

  @Get(':tenant')
  @Answers({ summary: 'Get or watch a tenant', body: tenant, tagged: true, watch: true, refusals: [404] })
  async get(
    @Caller() caller: Identity,
    @Param('tenant', name) id: string,
    @Query({ schema: watchQuery }) { watch }: z.output<typeof watchQuery>,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<Tenant | StreamableFile> {
    return watch
      ? this.views.tenants.watch(caller, { name: id }, lastEventId)
      : this.views.tenants.get(caller, { name: id });
  }

  @Delete(':tenant')
  @Answers({
    summary: 'Delete a tenant that owns no clusters',
    status: 202,
    body: tenant,
    conditional: true,
    refusals: [404, 409],
  })
  delete(
    @Caller() caller: Identity,
    @Param('tenant', name) id: string,
    @Query({ schema: deleteQuery }) { confirm }: z.output<typeof deleteQuery>,
    @Headers('If-Match') ifMatch?: string,
  ): Promise<Tenant> {
    return this.tenants.delete(caller, id, confirm, ifMatch);
  }
}
