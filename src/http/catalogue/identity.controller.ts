import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Identity } from '../../access/identity.js';
import { Answers } from '../openapi/answers.js';
import { Caller } from '../request-context.js';
import { identityAnswer } from '../schemas.js';

@ApiTags('access')
@ApiBearerAuth()
@Controller('api/v1/whoami')
export class IdentityController {
  @Get()
  @Answers({ summary: 'Who the service takes you for', body: identityAnswer })
  whoAmI(@Caller() { name, groups }: Identity): { name: string; groups: readonly string[] } {
    return { name, groups };
  }
}
