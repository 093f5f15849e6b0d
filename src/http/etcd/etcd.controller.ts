import { Body, Controller, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Identity } from '../../access/identity.js';
import { objectName } from '../../model/fields.js';
import type { Operation } from '../../model/operation.js';
import { OperationRoute } from '../openapi/routes.js';
import { Caller } from '../request-context.js';
import {
  type DefragmentRequest,
  defragmentRequest,
  memberParam,
  type ReplaceMemberRequest,
  replaceMemberRequest,
} from './etcd-schemas.js';
import { EtcdService } from './etcd.service.js';

const cluster = { schema: objectName };
const member = { schema: memberParam };

@ApiTags('etcd')
@ApiBearerAuth()
@Controller('api/v1/clusters/:cluster/etcd')
export class EtcdController {
  constructor(private readonly etcd: EtcdService) {}

  @OperationRoute('defragment', {
    summary: 'Have the members of etcd give free pages back, one at a time, the leader last',
  })
  defragment(
    @Caller() caller: Identity,
    @Param('cluster', cluster) name: string,
    @Body({ schema: defragmentRequest }) request: DefragmentRequest,
  ): Promise<Operation> {
    return this.etcd.defragment(caller, name, request);
  }

  @OperationRoute('members/:member/replace', {
    summary: 'Replace a member of etcd by a new one with an empty volume',
    description: 'The others serve on; the new member learns from them before it gets its vote.',
  })
  replaceMember(
    @Caller() caller: Identity,
    @Param('cluster', cluster) name: string,
    @Param('member', member) id: string,
    @Body({ schema: replaceMemberRequest }) request: ReplaceMemberRequest,
  ): Promise<Operation> {
    return this.etcd.replaceMember(caller, name, id, request);
  }
}
