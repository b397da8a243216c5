import { Controller, HttpCode, Post } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../../http/access.ts';
import { apiPath } from '../../http/api-path.ts';
import { ProjectScope } from '../../http/project-scope.ts';
import { validated } from '../../http/validation.ts';
import { invalidField } from '../../kernel/domain-error.ts';
import { ProjectDirectory } from '../../projects/index.ts';
import { CurrentExchange, type HttpExchange, IngestResponse } from '../../traces/index.ts';
import { EventsAnswer, EventsBody } from './events-dto.ts';
import { EventsIntake } from './events-intake.ts';
import { readLargeEvents } from './large-events.ts';
import { takeSentEvents } from './sent-events.ts';

const DESCRIPTION = `2xx: the event stream has acknowledged the events; from there on they survive the loss of any
process and are stored, normally within a second. \`Prefer: wait=2\` waits for that, and the answer says
\`Preference-Applied\` when it happened. Any other status: nothing was taken, and the same body may be sent again, also
when its answer was lost (events are stored once per instance and number). 400 names what is wrong, per event where
none can be stored; 408 is a body that came too slowly; 413 is over 8 MB, or over 2 MB or 50,000 values beside the
payloads; 408, 429 and 503 say in \`Retry-After\` when to come back.`;

@ApiTags('ingest')
@Controller(apiPath('events'))
export class HttpEventsController {
  private readonly intake: EventsIntake;
  private readonly response: IngestResponse;
  private readonly scope: ProjectScope;
  private readonly directory: ProjectDirectory;

  constructor(
    intake: EventsIntake,
    response: IngestResponse,
    scope: ProjectScope,
    directory: ProjectDirectory,
  ) {
    this.intake = intake;
    this.response = response;
    this.scope = scope;
    this.directory = directory;
  }

  @Post()
  @HttpCode(200)
  @RouteConfig({ readsByName: true, readsLarge: readLargeEvents })
  @Access({ key: 'ingest' })
  @ApiOperation({ summary: 'Takes numbered events, as the stream does', description: DESCRIPTION })
  @ApiBody({ type: EventsBody })
  @ApiOkResponse({ type: EventsAnswer })
  async take(@CurrentExchange() exchange: HttpExchange): Promise<EventsAnswer> {
    const sent = takeSentEvents(exchange.request);
    const body = await validated(EventsBody, exchange.request.body, 'dropped');
    const projectId = await this.scope.resolve(exchange.principal, body.project_id);
    if ((body.n ?? sent.events.length) !== sent.events.length)
      throw invalidField('n', 'is not the number of events');
    const { entry, accepted, rejected } = await this.intake.take(projectId, body, sent);
    await this.response.waitForCommit(entry, exchange);
    const project = await this.directory.recall(projectId);
    return {
      status: 'accepted',
      project_id: projectId,
      accepted,
      rejected: [...rejected],
      config_version: project?.tracingVersion ?? 1,
      tracing_enabled: project?.tracingEnabled ?? true,
    };
  }
}
