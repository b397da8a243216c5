import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PAYLOAD_KINDS } from 'swisper-studio/contract';
import { Access, principalOf } from '../../http/access.ts';
import { apiPath } from '../../http/api-path.ts';
import { ProjectScope } from '../../http/project-scope.ts';
import { StrictQuery } from '../../http/validation.ts';
import { DomainError } from '../../kernel/domain-error.ts';
import { byteRange } from './byte-range.ts';
import { type PayloadAddress, type PayloadFacts, PayloadReader } from './payload-reader.ts';
import { ProjectQuery } from './trace-query.ts';

/** What a request for a payload carries beside its path. */
interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
  projectId: string | undefined;
}

const kindParameter = { name: 'kind', enum: PAYLOAD_KINDS };

@ApiTags('traces')
@ApiProduces('application/json')
@Controller(apiPath('traces'))
export class PayloadsController {
  private readonly payloads: PayloadReader;
  private readonly scope: ProjectScope;

  constructor(payloads: PayloadReader, scope: ProjectScope) {
    this.payloads = payloads;
    this.scope = scope;
  }

  @Get(':trace_id/payloads/:kind')
  @Access({ people: true, key: 'read' })
  @ApiOperation({
    summary: 'A payload of the trace itself, as the JSON text it was sent as; ranges are supported',
  })
  @ApiParam({ name: 'trace_id' })
  @ApiParam(kindParameter)
  @ApiOkResponse({ schema: {} })
  async ofTrace(
    @Param() path: Record<string, string>,
    @StrictQuery() query: ProjectQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { trace_id: trace = '', kind = '' } = path;
    await this.send({ trace, observation: null, kind }, { request, reply, projectId: query.project_id });
  }

  @Get(':trace_id/observations/:id/payloads/:kind')
  @Access({ people: true, key: 'read' })
  @ApiOperation({
    summary: 'A payload of an observation, as the JSON text it was sent as; ranges are supported',
  })
  @ApiParam({ name: 'trace_id' })
  @ApiParam({ name: 'id' })
  @ApiParam(kindParameter)
  @ApiOkResponse({ schema: {} })
  async ofObservation(
    @Param() path: Record<string, string>,
    @StrictQuery() query: ProjectQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { trace_id: trace = '', id: observation = '', kind = '' } = path;
    await this.send({ trace, observation, kind }, { request, reply, projectId: query.project_id });
  }

  private async send(address: Omit<PayloadAddress, 'projectId'>, exchange: Exchange): Promise<void> {
    const { request, reply } = exchange;
    const principal = principalOf(request);
    if (principal === null) throw new DomainError('unauthenticated', 'Not signed in');
    const projectId = await this.scope.resolve(principal, exchange.projectId);
    const facts = await this.payloads.find({ ...address, projectId });
    const etag = `"${facts.version}"`;
    void reply.headers({ etag, 'accept-ranges': 'bytes', 'cache-control': 'private, no-cache' });
    if (request.headers['if-none-match'] === etag) return void reply.code(304).send();
    await this.sendBytes(facts, exchange, etag);
  }

  private async sendBytes(facts: PayloadFacts, { request, reply }: Exchange, etag: string): Promise<void> {
    const condition = request.headers['if-range'];
    const isWanted = condition === undefined || condition === etag;
    const range = isWanted ? byteRange(request.headers.range, facts.bytes) : null;
    void reply.type('application/json');
    if (range === null) return void reply.send(await this.payloads.read(facts));
    const size = String(facts.bytes);
    // Ranges are of the text itself: compressed they would be of something else.
    void reply.header('content-encoding', 'identity');
    if (range === 'unsatisfiable') {
      return void reply.code(416).header('content-range', `bytes */${size}`).send(Buffer.alloc(0));
    }
    void reply.code(206).header('content-range', `bytes ${String(range.start)}-${String(range.end)}/${size}`);
    void reply.send(await this.payloads.readPart(facts, range));
  }
}
