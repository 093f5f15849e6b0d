/** The verbs by which every kind is reached: one decorator says the address and what the OpenAPI document tells of it. */
import { applyDecorators, Delete, Get, Patch, Post, UseInterceptors } from '@nestjs/common';
import { ApiConsumes } from '@nestjs/swagger';
import { SavedInterceptor } from '../saved.interceptor.js';
import { shapes } from '../schemas.js';
import { Answers, type AnswersOptions } from './answers.js';

/** Beside what the verb says by itself. */
type Told = Omit<AnswersOptions, 'status' | 'watch' | 'takesBody'>;

/** A page of what there is, or with `?watch=true` its changes. */
export function ListRoute(path: string, told: Told): MethodDecorator {
  return applyDecorators(Get(path), Answers({ ...told, watch: true }));
}

/** One object, or with `?watch=true` its changes. */
export function GetRoute(path: string, told: Told): MethodDecorator {
  return applyDecorators(Get(path), Answers({ refusals: [404], ...told, tagged: true, watch: true }));
}

/** Makes something, once: the handler answers a Saved, with 201 when it is new and 200 when it was there. */
export function SaveRoute(path: string, told: Told): MethodDecorator {
  const answers = Answers({ refusals: [404, 409], ...told, status: [201, 200], takesBody: true });
  return applyDecorators(Post(path), answers, UseInterceptors(SavedInterceptor));
}

/** Changes one object by a JSON merge patch (RFC 7396). */
export function PatchRoute(path: string, told: Told): MethodDecorator {
  const usual = { tagged: true, conditional: true, takesBody: true };
  return applyDecorators(
    Patch(path),
    ApiConsumes('application/merge-patch+json', 'application/json'),
    Answers({ refusals: [404, 409], ...told, ...usual }),
  );
}

/** Begins an operation; the answer is its record. */
export function OperationRoute(path: string, told: Omit<Told, 'body'>): MethodDecorator {
  const body = shapes.operations.object;
  const answers = Answers({ refusals: [404, 409], ...told, body, status: 202, takesBody: true });
  return applyDecorators(Post(path), answers);
}

/** Begins to delete one object. */
export function DeleteRoute(path: string, told: Told): MethodDecorator {
  return applyDecorators(
    Delete(path),
    Answers({ refusals: [404, 409], ...told, status: 202, conditional: true }),
  );
}
