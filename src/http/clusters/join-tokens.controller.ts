import { Body, Controller, Delete, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../../access/identity.js';
import { objectName } from '../../model/fields.js';
import type { JoinToken } from '../../nodes/join-token.js';
import { bearerToken } from '../hooks.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import {
  joinTokenAnswer,
  joinTokenId,
  joinTokenList,
  type JoinTokenListAnswer,
  joinTokenRequest,
  type JoinTokenRequestBody,
  newJoinTokenAnswer,
  type NewJoinTokenAnswer,
} from './join-token-schemas.js';
import { JoinTokenService } from './join-token.service.js';

const SHELL_SCRIPT = 'text/x-shellscript';
const name = { schema: objectName };

@ApiTags('nodes')
@ApiBearerAuth()
@Controller('api/v1/clusters/:cluster')
export class JoinTokensController {
  constructor(private readonly joinTokens: JoinTokenService) {}

  @Post('join-tokens')
  @Answers({
    summary: 'Make a token with which machines join',
    description: 'Answers when machines can use it. The secret is shown this once.',
    status: 201,
    body: newJoinTokenAnswer,
    takesBody: true,
    refusals: [404, 409],
  })
  create(
    @Caller() caller: Identity,
    @Param('cluster', name) id: string,
    @Body({ schema: joinTokenRequest }) request: JoinTokenRequestBody,
    @Req() { protocol, host }: FastifyRequest,
  ): Promise<NewJoinTokenAnswer> {
    return this.joinTokens.create(caller, id, request, `${protocol}://${host}`);
  }

  @Get('join-tokens')
  @Answers({ summary: 'List join tokens', body: joinTokenList, refusals: [404, 409] })
  list(@Caller() caller: Identity, @Param('cluster', name) id: string): Promise<JoinTokenListAnswer> {
    return this.joinTokens.list(caller, id);
  }

  @Delete('join-tokens/:token')
  @Answers({
    summary: 'Revoke a join token',
    description: 'Nodes that have joined stay.',
    body: joinTokenAnswer,
    refusals: [404, 409],
  })
  revoke(
    @Caller() caller: Identity,
    @Param('cluster', name) id: string,
    @Param('token', { schema: joinTokenId }) token: string,
  ): Promise<JoinToken> {
    return this.joinTokens.revoke(caller, id, token);
  }

  @Get('join-script')
  @Answers({
    summary: 'Get the script that makes a machine a node',
    description: 'The bearer token is the join token.',
    body: { mediaType: SHELL_SCRIPT },
  })
  async script(
    @Param('cluster', name) id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const script = await this.joinTokens.script(id, bearerToken(request));
    void reply.type(`${SHELL_SCRIPT}; charset=utf-8`);
    return script;
  }
}
