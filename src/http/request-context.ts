/** What every piece of code that works for a request may know of it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Identity } from '../access/identity.js';
import { BerthError } from '../core/errors.js';

interface RequestContext {
  requestId: string;
  identity?: Identity;
}

const contexts = new AsyncLocalStorage<RequestContext>();
const byRequest = new WeakMap<object, RequestContext>();

/** Runs `work` as part of the request. Called again after the body is read, where the first context is lost. */
export function withinRequest<T>(request: FastifyRequest, work: () => T): T {
  return contexts.run(contextOf(request), work);
}

/** Says who sent the request, for all that runs later. */
export function setIdentity(request: FastifyRequest, identity: Identity): void {
  contextOf(request).identity = identity;
}

/** Who sent the request; undefined on the few addresses that need no token. */
export function identityOf(request: FastifyRequest): Identity | undefined {
  return byRequest.get(request.raw)?.identity;
}

/** Who sent the request that is being worked on, however deep the call. */
export function currentIdentity(): Identity | undefined {
  return contexts.getStore()?.identity;
}

/** A handler's parameter: who sent the request. The hooks let nobody without a token reach a handler that has one. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): Identity => {
  const identity = identityOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (!identity) throw new BerthError('InternalError', 'a handler asked for the caller of an open address');
  return identity;
});

function contextOf(request: FastifyRequest): RequestContext {
  const known = byRequest.get(request.raw);
  if (known) return known;
  const context: RequestContext = { requestId: request.id };
  byRequest.set(request.raw, context);
  return context;
}
