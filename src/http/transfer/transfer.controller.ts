import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import { BerthError } from '../../core/errors.js';
import type { Cluster } from '../../model/cluster.js';
import { objectName } from '../../model/fields.js';
import { EXPORT_TYPE } from '../media-types.js';
import { Answers } from '../openapi/answers.js';
import { SaveRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import type { Saved } from '../saved.interceptor.js';
import { shapes } from '../schemas.js';
import { exportQuery, type ImportQuery, importQuery } from './transfer-schemas.js';
import { TransferService } from './transfer.service.js';

@ApiTags('clusters')
@ApiBearerAuth()
@Controller('api/v1')
export class TransferController {
  constructor(private readonly transfers: TransferService) {}

  @Get('clusters/:cluster/export')
  @Answers({
    summary: 'Export a cluster as one file',
    description:
      'Its spec, its authorities and service-account keys, the data of a backup, its instances with their releases ' +
      'and the versions these name, and the operations that are over, encrypted with the key of backups. POST /api/v1/imports makes the cluster again from it, here or in another installation.',
    body: { mediaType: EXPORT_TYPE },
    refusals: [404, 409],
  })
  async export(
    @Caller() caller: Identity,
    @Param('cluster', { schema: objectName }) name: string,
    @Query({ schema: exportQuery }) { backup }: z.output<typeof exportQuery>,
  ): Promise<StreamableFile> {
    const file = await this.transfers.export(caller, name, backup);
    return new StreamableFile(file, {
      type: EXPORT_TYPE,
      disposition: `attachment; filename="${name}.berth"`,
    });
  }

  @SaveRoute('imports', {
    summary: 'Make a cluster from the file of an export',
    description:
      'It has the authorities, keys, host name and data of the one that was exported. It starts with its data or not ' +
      'at all. Templates and configs come along unless the tenant has them: other versions of the same number are ' +
      'refused. The file may take its time, as long as it keeps coming. Safe to repeat: the same file again answers 200 with the cluster it made.',
    body: shapes.clusters.object,
    tagged: true,
    refusals: [409, 507],
  })
  @ApiConsumes(EXPORT_TYPE)
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  async import(
    @Caller() caller: Identity,
    @Query({ schema: importQuery }) query: ImportQuery,
    @Req() { body }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Saved<Cluster>> {
    const saved = await this.transfers.import(caller, requireFile(body), query);
    void reply.header('location', `/api/v1/clusters/${saved.answer.metadata.name}`);
    return saved;
  }
}

function requireFile(body: unknown): Readable {
  if (body instanceof Readable) return body;
  throw new BerthError('UnsupportedMediaType', 'The body must be the file of an export.', {
    status: 415,
    next: `Send the file with Content-Type: ${EXPORT_TYPE}.`,
  });
}
