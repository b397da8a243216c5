import { Controller, Delete, Get, HttpCode, Param, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Access, CurrentPrincipal, type Principal } from '../../http/access.ts';
import { apiPath } from '../../http/api-path.ts';
import { DEFAULT_PAGE_SIZE } from '../../http/page.ts';
import { ProjectScope } from '../../http/project-scope.ts';
import { STATUS_OK, StatusAnswer } from '../../http/status-answer.ts';
import { StrictQuery } from '../../http/validation.ts';
import { DomainError, invalidField } from '../../kernel/domain-error.ts';
import { isUuid } from '../../kernel/uuid.ts';
import { deadLetterAnswer, deadLetterDetailAnswer, reasonCountAnswer } from './dead-letter-answers.ts';
import {
  DeadLetterCountsAnswer,
  DeadLetterCountsQuery,
  DeadLetterDetailAnswer,
  DeadLetterPage,
  DeadLetterQuery,
} from './dead-letter-dto.ts';
import { parseDeadLetterId } from './dead-letter-id.ts';
import { DeadLetterReader, type WholeLetter } from './dead-letter-reader.ts';
import { DeadLetterRemoval } from './dead-letter-removal.ts';
import { positionOf } from './dead-letter-selection.ts';

/** Looking at dead letters: people at all of them, a key at its own project's. */
@ApiTags('dead letters')
@Controller(apiPath('dead-letters'))
export class DeadLettersController {
  private readonly reader: DeadLetterReader;
  private readonly removal: DeadLetterRemoval;
  private readonly scope: ProjectScope;

  constructor(reader: DeadLetterReader, removal: DeadLetterRemoval, scope: ProjectScope) {
    this.reader = reader;
    this.removal = removal;
    this.scope = scope;
  }

  @Get()
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'Lists what was refused, newest first; a person without project_id sees all' })
  @ApiOkResponse({ type: DeadLetterPage })
  async list(
    @StrictQuery() query: DeadLetterQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DeadLetterPage> {
    const projectId = await this.projectOf(principal, query.project_id);
    const { reason, state, limit = DEFAULT_PAGE_SIZE } = query;
    const range = { limit, after: positionOf(query.cursor) };
    const page = await this.reader.list({ projectId, reason, state }, range);
    return { items: page.items.map(deadLetterAnswer), next_cursor: page.next_cursor };
  }

  @Get('counts')
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'How many there are by reason, and how many were not kept or are gone' })
  @ApiOkResponse({ type: DeadLetterCountsAnswer })
  async counts(
    @StrictQuery() query: DeadLetterCountsQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DeadLetterCountsAnswer> {
    const counts = await this.reader.countByReason(await this.projectOf(principal, query.project_id));
    return { items: counts.map(reasonCountAnswer) };
  }

  @Get(':id')
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'One dead letter with a readable preview of what was sent' })
  @ApiOkResponse({ type: DeadLetterDetailAnswer })
  async get(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DeadLetterDetailAnswer> {
    return deadLetterDetailAnswer(await this.find(principal, id));
  }

  @Get(':id/raw')
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'The bytes that were kept, to download' })
  @ApiProduces('application/octet-stream')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async raw(
    @Param('id') id: string,
    @CurrentPrincipal() principal: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { raw, entryId, eventIndex } = await this.find(principal, id);
    const name = `dead-letter-${entryId}${eventIndex < 0 ? '' : `-${String(eventIndex)}`}.bin`;
    void reply.headers({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${name}"`,
      'x-content-type-options': 'nosniff',
    });
    await reply.send(raw);
  }

  @Delete(':id')
  @HttpCode(200)
  @Access({ people: true })
  @ApiOperation({ summary: 'Deletes one dead letter' })
  @ApiOkResponse({ type: StatusAnswer })
  async delete(@Param('id') id: string): Promise<StatusAnswer> {
    const key = parseDeadLetterId(id);
    if (key === null || (await this.removal.deleteKeys([key])) === 0) throw notFound();
    return STATUS_OK;
  }

  /** Undefined: all of them, the unverified too. */
  private async projectOf(principal: Principal, sent: string | undefined): Promise<string | undefined> {
    if (principal.kind === 'key') return this.scope.resolve(principal, sent);
    if (sent !== undefined && !isUuid(sent)) throw invalidField('project_id', 'must be a UUID');
    return sent?.toLowerCase();
  }

  private async find(principal: Principal, id: string): Promise<WholeLetter> {
    const key = parseDeadLetterId(id);
    const isOwn = principal.kind === 'person' || principal.projectId === key?.projectId;
    const letter = key === null || !isOwn ? null : await this.reader.find(key);
    if (letter === null) throw notFound();
    return letter;
  }
}

function notFound(): DomainError {
  return new DomainError('not_found', 'Dead letter not found');
}
