import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../core/logging.js';
import { PROBLEM_TYPE, problemOf, retryAfterSeconds } from './problem.js';
import { requestError } from './request-errors.js';

/** Answers every error, from hooks, parsers and handlers alike, as problem+json. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = requestError(thrown);
    const body = problemOf(error, request.id);
    if (body.status >= 500) this.logger.error({ error, requestId: request.id }, 'request failed');
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const retryAfter = retryAfterSeconds(error);
    if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter));
    if (body.status === 401) void reply.header('www-authenticate', 'Bearer realm="berth"');
    void reply.status(body.status).type(PROBLEM_TYPE).send(JSON.stringify(body));
  }
}
