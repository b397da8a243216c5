import { Controller, HttpCode, Inject, Param, Patch, Post, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../../http/access.ts';
import { apiPath } from '../../http/api-path.ts';
import { ProjectScope } from '../../http/project-scope.ts';
import { SdkBody } from '../../http/validation.ts';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import { CurrentExchange, type HttpExchange } from './http-exchange.ts';
import { AcceptedAnswer, CreateObservationBody, UpdateObservationBody } from './ingest-dto.ts';
import { createObservationEvents, updateObservationEvents } from './ingest-events.ts';
import { IngestResponse } from './ingest-response.ts';
import { ingestedObservationKey } from './ingested-id.ts';
import { SentPayloads, type SentPayloadList, SentPayloadsInterceptor } from './sent-payloads.ts';

@ApiTags('ingest')
@Controller(apiPath('observations'))
@UseInterceptors(SentPayloadsInterceptor)
export class ObservationIngestController {
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
  @ApiOperation({ summary: 'Begins an observation, or reports a whole one; its trace may come later' })
  @ApiCreatedResponse({ type: AcceptedAnswer })
  async create(
    @SdkBody() body: CreateObservationBody,
    @SentPayloads() payloads: SentPayloadList,
    @CurrentExchange() exchange: HttpExchange,
  ): Promise<AcceptedAnswer> {
    const projectId = await this.scope.resolve(exchange.principal, body.project_id);
    const id = body.id ?? uuidv7();
    const key = ingestedObservationKey(projectId, body.trace_id, id);
    const events = createObservationEvents({ ...body, id }, payloads, this.clock.now());
    return this.response.accept({ id: key, projectId }, events, exchange);
  }

  @Patch(':id')
  @HttpCode(200)
  @Access({ key: 'ingest' })
  @ApiOperation({ summary: 'Adds to an observation; one that is not known yet is made' })
  @ApiOkResponse({ type: AcceptedAnswer })
  async update(
    @Param('id') id: string,
    @SdkBody() body: UpdateObservationBody,
    @SentPayloads() payloads: SentPayloadList,
    @CurrentExchange() exchange: HttpExchange,
  ): Promise<AcceptedAnswer> {
    const projectId = await this.scope.resolve(exchange.principal, body.project_id);
    const key = ingestedObservationKey(projectId, body.trace_id, id);
    const events = updateObservationEvents({ ...body, id }, payloads, this.clock.now());
    return this.response.accept({ id: key, projectId }, events, exchange);
  }
}
