/** The OpenAPI document, made from the controllers and the schemas they check against, and its page. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { ERRORS_PAGE } from '../problem.js';
import { answerSchemas } from '../schemas.js';
import { jsonSchema } from './json-schema.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** OpenAPI 3.1 of everything under /api/v1. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Berth')
    .setDescription(
      'Hosted Kubernetes control planes. Objects have the shape of the custom resources of berth.dev.',
    )
    .setVersion('v1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer' })
    .build();
  const document = SwaggerModule.createDocument(app, about, {
    standardSchemaConverter: (schema, { schemaType }) => jsonSchema(schema as z.ZodType, schemaType),
    operationIdFactory: (controller, method) =>
      `${controller.replace('Controller', '').toLowerCase()}.${method}`,
  });
  const answers = answerSchemas.map((schema) => jsonSchema(schema, 'output').components);
  document.components = {
    ...document.components,
    schemas: Object.assign({}, document.components?.schemas, ...answers) as never,
  };
  return document;
}

/** Serves the document, its page and the explanation of the error codes. All files are our own: no CDN. */
export function serveDocumentation(app: NestFastifyApplication): void {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  const errors = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');
  fastify.get(ERRORS_PAGE, (_request, reply) => reply.type('text/markdown; charset=utf-8').send(errors));
  SwaggerModule.setup('api/docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'api/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Berth API',
  });
}
