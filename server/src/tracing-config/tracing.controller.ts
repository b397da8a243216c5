import { Controller, Get, Param, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentPrincipal, type Principal } from '../http/access.ts';
import { apiPath } from '../http/api-path.ts';
import { PageQuery } from '../http/page.ts';
import { ProjectScope } from '../http/project-scope.ts';
import { ConsoleBody, StrictQuery } from '../http/validation.ts';
import { TracingChanges } from './tracing-changes.ts';
import {
  tracingChangeAnswer,
  TracingHistoryPage,
  TurnTracingAnswer,
  TurnTracingBody,
} from './tracing-dto.ts';
import { TracingSwitch } from './tracing-switch.ts';

@ApiTags('tracing')
@Controller(apiPath('projects/:id/tracing'))
export class TracingController {
  private readonly tracing: TracingSwitch;
  private readonly changes: TracingChanges;
  private readonly scope: ProjectScope;

  constructor(tracing: TracingSwitch, changes: TracingChanges, scope: ProjectScope) {
    this.tracing = tracing;
    this.changes = changes;
    this.scope = scope;
  }

  @Patch()
  @Access({ people: true, key: 'tracing' })
  @ApiOperation({ summary: 'Turns tracing of a project off or on, without a restart of anything' })
  @ApiOkResponse({ type: TurnTracingAnswer })
  async turn(
    @Param('id') id: string,
    @ConsoleBody() body: TurnTracingBody,
    @CurrentPrincipal() principal: Principal,
  ): Promise<TurnTracingAnswer> {
    const projectId = await this.scope.resolve(principal, id);
    const { version, enabled, isApplied } = await this.tracing.turn(projectId, {
      enabled: body.tracing_enabled,
      changedBy: principal.kind === 'person' ? principal.email : `key ${principal.keyId}`,
      reason: body.reason || null,
    });
    return {
      status: 'ok',
      tracing_enabled: enabled,
      message: enabled ? 'Tracing enabled for project' : 'Tracing disabled for project',
      version,
      applied: isApplied,
    };
  }

  @Get('history')
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'Who turned the switch, when and why, newest first' })
  @ApiOkResponse({ type: TracingHistoryPage })
  async history(
    @Param('id') id: string,
    @StrictQuery() query: PageQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<TracingHistoryPage> {
    const page = await this.changes.list(await this.scope.resolve(principal, id), query);
    return { items: page.items.map(tracingChangeAnswer), next_cursor: page.next_cursor };
  }
}
