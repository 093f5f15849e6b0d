import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type CheckResult, Readiness } from './readiness.js';

/** Health as the Kubernetes components tell it: plain text, `?verbose` for each check. */
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get(['livez', 'healthz'])
  live(@Res() reply: FastifyReply): void {
    void reply.type('text/plain').send('ok');
  }

  @Get('readyz')
  async ready(@Res() reply: FastifyReply, @Query('verbose') verbose?: string): Promise<void> {
    const results = await this.readiness.results();
    const isReady = results.every(({ failure }) => failure === undefined);
    const text = isReady && verbose === undefined ? 'ok' : report(results, isReady);
    void reply
      .status(isReady ? 200 : 503)
      .type('text/plain')
      .send(text);
  }
}

function report(results: readonly CheckResult[], isReady: boolean): string {
  const lines = results.map(({ name, failure }) =>
    failure === undefined ? `[+]${name} ok` : `[-]${name} failed: ${failure}`,
  );
  return [...lines, `readyz check ${isReady ? 'passed' : 'failed'}`, ''].join('\n');
}
