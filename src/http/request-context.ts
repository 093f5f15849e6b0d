/** Who sent a request. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Identity } from '../access/identity.js';
import { BerthError } from '../core/errors.js';

const identities = new WeakMap<object, Identity>();

/** Says who sent the request, for all that runs later. */
export function setIdentity(request: FastifyRequest, identity: Identity): void {
  identities.set(request.raw, identity);
}

/** Who sent the request; undefined on the few addresses that need no token. */
export function identityOf(request: FastifyRequest): Identity | undefined {
  return identities.get(request.raw);
}

/** A handler's parameter: who sent the request. The hooks let nobody without a token reach a handler that has one. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): Identity => {
  const identity = identityOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (!identity) throw new BerthError('InternalError', 'a handler asked for the caller of an open address');
  return identity;
});
