import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Identity } from '../../access/identity.js';
import { objectName } from '../../model/fields.js';
import type { DrainResult } from '../../nodes/drain.js';
import type { NodeView } from '../../nodes/node-view.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import { deleteQuery } from '../schemas.js';
import {
  drainAnswer,
  type DrainRequest,
  drainRequest,
  nodeAnswer,
  nodeList,
  nodeName,
  type NodePatch,
  nodePatch,
} from './node-schemas.js';
import { NodeService } from './node.service.js';

const name = { schema: objectName };
const node = { schema: nodeName };

@ApiTags('nodes')
@ApiBearerAuth()
@Controller('api/v1/clusters/:cluster/nodes')
export class NodesController {
  constructor(private readonly nodes: NodeService) {}

  @Get()
  @Answers({ summary: 'List the nodes of a cluster', body: nodeList, refusals: [404, 409] })
  list(@Caller() caller: Identity, @Param('cluster', name) id: string): Promise<{ items: NodeView[] }> {
    return this.nodes.list(caller, id);
  }

  @Get(':node')
  @Answers({ summary: 'Get a node', body: nodeAnswer, refusals: [404, 409] })
  get(
    @Caller() caller: Identity,
    @Param('cluster', name) id: string,
    @Param('node', node) nodeId: string,
  ): Promise<NodeView> {
    return this.nodes.get(caller, id, nodeId);
  }

  @Patch(':node')
  @Answers({
    summary: 'Close a node to new pods, or open it (cordon, uncordon)',
    body: nodeAnswer,
    takesBody: true,
    refusals: [404, 409],
  })
  patch(
    @Caller() caller: Identity,
    @Param('cluster', name) id: string,
    @Param('node', node) nodeId: string,
    @Body({ schema: nodePatch }) patch: NodePatch,
  ): Promise<NodeView> {
    return this.nodes.patch(caller, id, nodeId, patch);
  }

  @Post(':node/drain')
  @Answers({
    summary: 'Ask the pods of a node to leave',
    description:
      'Closes the node, evicts what may go and says what is left. Repeat it until nothing remains.',
    body: drainAnswer,
    takesBody: true,
    refusals: [404, 409],
  })
  drain(
    @Caller() caller: Identity,
    @Param('cluster', name) id: string,
    @Param('node', node) nodeId: string,
    @Body({ schema: drainRequest }) request: DrainRequest,
  ): Promise<DrainResult> {
    return this.nodes.drain(caller, id, nodeId, request);
  }

  @Delete(':node')
  @Answers({
    summary: 'Take a node out of a cluster',
    description: 'The machine itself is left as it is; the join script with --reset cleans it.',
    body: nodeAnswer,
    refusals: [404, 409],
  })
  delete(
    @Caller() caller: Identity,
    @Param('cluster', name) id: string,
    @Param('node', node) nodeId: string,
    @Query({ schema: deleteQuery }) { confirm }: z.output<typeof deleteQuery>,
  ): Promise<NodeView> {
    return this.nodes.delete(caller, id, nodeId, confirm);
  }
}
