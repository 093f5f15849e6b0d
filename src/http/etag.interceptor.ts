import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Observable, tap } from 'rxjs';
import type { KubeObject } from '../kube/types.js';
import { etagOf } from './preconditions.js';

/** Tags every answer that is a single stored object. */
export class EtagInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      tap((answer: unknown) => {
        if (isStoredObject(answer)) void reply.header('etag', etagOf(answer));
      }),
    );
  }
}

function isStoredObject(answer: unknown): answer is KubeObject {
  if (typeof answer !== 'object' || answer === null || !('metadata' in answer)) return false;
  const { metadata } = answer as KubeObject;
  return metadata.name !== undefined && metadata.resourceVersion !== undefined;
}
