import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';

/** What a request that may be repeated answers with. */
export interface Saved<T> {
  answer: T;
  /** False when it was there already, or only rehearsed. */
  isNew: boolean;
}

/** Answers a Saved: 201 or 200, and where a named object is found from now on. */
export class SavedInterceptor implements NestInterceptor<Saved<unknown>> {
  intercept(context: ExecutionContext, next: CallHandler<Saved<unknown>>): Observable<unknown> {
    const http = context.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const location = locationOf(http.getRequest<FastifyRequest>());
    return next.handle().pipe(
      map(({ answer, isNew }) => {
        void reply.status(isNew ? 201 : 200);
        if (location !== undefined) void reply.header('location', location);
        return answer;
      }),
    );
  }
}

/** A body that names an object is sent to the collection in which the object will be. */
function locationOf({ url, body }: FastifyRequest): string | undefined {
  const name = (body as { metadata?: { name?: string } } | undefined)?.metadata?.name;
  return name === undefined ? undefined : `${new URL(url, 'http://berth').pathname}/${name}`;
}
