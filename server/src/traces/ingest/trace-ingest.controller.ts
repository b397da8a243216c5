import { Controller, HttpCode, Inject, Param, Patch, Post, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../../http/access.ts';
import { apiPath } from '../../http/api-path.ts';
import { ProjectScope } from '../../http/project-scope.ts';
import { SdkBody } from '../../http/validation.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import { CurrentExchange, type HttpExchange } from './http-exchange.ts';
import { AcceptedAnswer, CreateTraceBody, UpdateTraceBody } from './ingest-dto.ts';
import { createTraceEvents, updateTraceEvents } from './ingest-events.ts';
import { IngestResponse } from './ingest-response.ts';
import { SentPayloads, type SentPayloadList, SentPayloadsInterceptor } from './sent-payloads.ts';
import { ingestedTraceKey } from './ingested-id.ts';

@ApiTags('ingest')
@Controller(apiPath('traces'))
@UseInterceptors(SentPayloadsInterceptor)
export class TraceIngestController {
  private readonly response: IngestResponse;
  private readonly scope: ProjectScope;
  private readonly clock: Clock;

  constructor(response: IngestResponse, scope: ProjectScope, @Inject(CLOCK) clock: Clock) {
    this.response = response;
    this.scope = scope;
    this.clock = clock;
  }

  @Post()
  @Access({ key: 'ingest' })
  @ApiOperation({ summary: 'Begins a trace' })
  @ApiCreatedResponse({ type: AcceptedAnswer })
  async create(
    @SdkBody() body: CreateTraceBody,
    @SentPayloads() payloads: SentPayloadList,
    @CurrentExchange() exchange: HttpExchange,
  ): Promise<AcceptedAnswer> {
    const projectId = await this.scope.resolve(exchange.principal, body.project_id);
    const id = body.id ?? uuidv7();
    const events = createTraceEvents({ ...body, id }, payloads, this.clock.now());
    return this.response.accept({ id: ingestedTraceKey(projectId, id), projectId }, events, exchange);
  }

  @Patch(':id')
  @HttpCode(200)
  @Access({ key: 'ingest' })
  @ApiOperation({ summary: 'Adds to a trace; one that is not known yet is made' })
  @ApiOkResponse({ type: AcceptedAnswer })
  async update(
    @Param('id') id: string,
    @SdkBody() body: UpdateTraceBody,
    @SentPayloads() payloads: SentPayloadList,
    @CurrentExchange() exchange: HttpExchange,
  ): Promise<AcceptedAnswer> {
    const projectId = await this.scope.resolve(exchange.principal, body.project_id);
    const key = ingestedTraceKey(projectId, id);
    const events = updateTraceEvents({ ...body, id }, payloads, this.clock.now());
    return this.response.accept({ id: key, projectId }, events, exchange);
  }
}
