import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentPrincipal, type Principal } from '../../http/access.ts';
import { apiPath } from '../../http/api-path.ts';
import { ProjectScope } from '../../http/project-scope.ts';
import { StrictQuery } from '../../http/validation.ts';
import { EventAccountReader } from './event-account-reader.ts';
import { AccountAnswer, AccountQuery, ObservabilityMetricsAnswer } from './observability-dto.ts';
import { PipelineMetrics } from './pipeline-metrics.ts';

const DEFAULT_HOURS = 24;

@ApiTags('observability')
@Controller(apiPath('observability'))
export class ObservabilityController {
  private readonly metrics: PipelineMetrics;
  private readonly accounts: EventAccountReader;
  private readonly scope: ProjectScope;

  constructor(metrics: PipelineMetrics, accounts: EventAccountReader, scope: ProjectScope) {
    this.metrics = metrics;
    this.accounts = accounts;
    this.scope = scope;
  }

  @Get('metrics')
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'State of the pipeline: backlog, consumers, both accounts, warnings' })
  @ApiOkResponse({ type: ObservabilityMetricsAnswer })
  read(@CurrentPrincipal() principal: Principal): Promise<ObservabilityMetricsAnswer> {
    return this.metrics.read(principal.kind === 'key' ? principal.projectId : null);
  }

  @Get('accounts')
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'What became of a project\u2019s events, by instance and hour' })
  @ApiOkResponse({ type: AccountAnswer })
  async readAccount(
    @StrictQuery() query: AccountQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<AccountAnswer> {
    const projectId = await this.scope.resolve(principal, query.project_id);
    return this.accounts.readProject(projectId, query.hours ?? DEFAULT_HOURS);
  }
}
