import { Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentPrincipal, type Principal } from '../http/access.ts';
import { apiPath } from '../http/api-path.ts';
import { PageQuery } from '../http/page.ts';
import { ProjectScope } from '../http/project-scope.ts';
import { STATUS_OK, StatusAnswer } from '../http/status-answer.ts';
import { ConsoleBody, StrictQuery } from '../http/validation.ts';
import { invalidField } from '../kernel/domain-error.ts';
import { isUuid } from '../kernel/uuid.ts';
import { apiKeyAnswer, ApiKeyPage, CreateApiKeyBody, CreatedApiKeyAnswer } from './api-key-dto.ts';
import { ApiKeyStore } from './api-key-store.ts';

@ApiTags('projects')
@Controller(apiPath('projects/:id/keys'))
export class ApiKeysController {
  private readonly store: ApiKeyStore;
  private readonly scope: ProjectScope;

  constructor(store: ApiKeyStore, scope: ProjectScope) {
    this.store = store;
    this.scope = scope;
  }

  @Get()
  @Access({ people: true })
  @ApiOperation({
    summary: 'Lists the API keys of a project, newest first, revoked ones too',
  })
  @ApiOkResponse({ type: ApiKeyPage })
  async list(
    @Param('id') id: string,
    @StrictQuery() query: PageQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ApiKeyPage> {
    const page = await this.store.list(await this.scope.resolve(principal, id), query);
    return {
      items: page.items.map(apiKeyAnswer),
      next_cursor: page.next_cursor,
    };
  }

  @Post()
  @Access({ people: true })
  @ApiOperation({
    summary: 'Makes an API key; the secret is in this answer only',
  })
  @ApiCreatedResponse({ type: CreatedApiKeyAnswer })
  async create(
    @Param('id') id: string,
    @ConsoleBody() body: CreateApiKeyBody,
    @CurrentPrincipal() principal: Principal,
  ): Promise<CreatedApiKeyAnswer> {
    const projectId = await this.scope.resolve(principal, id);
    const createdBy = principal.kind === 'person' ? principal.email : principal.keyId;
    const { key, secret } = await this.store.create(projectId, body, createdBy);
    return { ...apiKeyAnswer(key), secret };
  }

  @Delete(':key_id')
  @HttpCode(200)
  @Access({ people: true })
  @ApiOperation({ summary: 'Revokes an API key everywhere within 10 s' })
  @ApiOkResponse({ type: StatusAnswer })
  async revoke(
    @Param('id') id: string,
    @Param('key_id') keyId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<StatusAnswer> {
    const projectId = await this.scope.resolve(principal, id);
    if (!isUuid(keyId)) throw invalidField('key_id', 'must be a UUID');
    await this.store.revoke(projectId, keyId);
    return STATUS_OK;
  }
}
