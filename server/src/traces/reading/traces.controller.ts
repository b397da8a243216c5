import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentPrincipal, type Principal } from '../../http/access.ts';
import { apiPath } from '../../http/api-path.ts';
import { ProjectScope } from '../../http/project-scope.ts';
import { StrictQuery } from '../../http/validation.ts';
import { ObservationQuery } from './observation-query.ts';
import { ObservationReader } from './observation-reader.ts';
import { ObservationPage, TraceDetailAnswer, TracePage } from './trace-dto.ts';
import { ProjectQuery, TraceQuery } from './trace-query.ts';
import { TraceReader } from './trace-reader.ts';

@ApiTags('traces')
@Controller(apiPath(''))
export class TracesController {
  private readonly traces: TraceReader;
  private readonly observations: ObservationReader;
  private readonly scope: ProjectScope;

  constructor(traces: TraceReader, observations: ObservationReader, scope: ProjectScope) {
    this.traces = traces;
    this.observations = observations;
    this.scope = scope;
  }

  @Get('traces')
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'Lists traces, newest first' })
  @ApiOkResponse({ type: TracePage })
  async list(@StrictQuery() query: TraceQuery, @CurrentPrincipal() principal: Principal): Promise<TracePage> {
    return this.traces.list(await this.scope.resolve(principal, query.project_id), query);
  }

  @Get('traces/:id')
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'One trace, by its UUID or the id the application sent' })
  @ApiOkResponse({ type: TraceDetailAnswer })
  async get(
    @Param('id') id: string,
    @StrictQuery() query: ProjectQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<TraceDetailAnswer> {
    return this.traces.get(await this.scope.resolve(principal, query.project_id), id);
  }

  @Get('observations')
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'The observations of a trace in order of their start, without payloads' })
  @ApiOkResponse({ type: ObservationPage })
  async listObservations(
    @StrictQuery() query: ObservationQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ObservationPage> {
    return this.observations.list(await this.scope.resolve(principal, query.project_id), query);
  }
}
