import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentPrincipal, type Principal } from '../http/access.ts';
import { apiPath } from '../http/api-path.ts';
import { ProjectScope } from '../http/project-scope.ts';
import { SdkBody } from '../http/validation.ts';
import { ProjectDirectory } from '../projects/index.ts';
import { ConnectionStatus } from './connection-status.ts';
import { ConnectionStatusAnswer } from './connection-status-dto.ts';
import { HeartbeatAnswer, HeartbeatBody } from './heartbeat-dto.ts';
import { HeartbeatStore } from './heartbeat-store.ts';

@ApiTags('connections')
@Controller(apiPath('projects'))
export class HeartbeatController {
  private readonly store: HeartbeatStore;
  private readonly status: ConnectionStatus;
  private readonly directory: ProjectDirectory;
  private readonly scope: ProjectScope;

  constructor(
    store: HeartbeatStore,
    status: ConnectionStatus,
    directory: ProjectDirectory,
    scope: ProjectScope,
  ) {
    this.store = store;
    this.status = status;
    this.directory = directory;
    this.scope = scope;
  }

  @Post('heartbeat')
  @HttpCode(200)
  @Access({ key: 'ingest' })
  @ApiOperation({ summary: 'A sign of life of an instance; tells it the state of the tracing switch' })
  @ApiOkResponse({ type: HeartbeatAnswer })
  async heartbeat(
    @SdkBody() body: HeartbeatBody,
    @CurrentPrincipal() principal: Principal,
  ): Promise<HeartbeatAnswer> {
    const projectId = await this.scope.resolve(principal, body.project_id);
    await this.store.record(projectId, body);
    const project = await this.directory.find(projectId);
    return {
      status: 'ok',
      project_id: projectId,
      message: 'Heartbeat received',
      config_version: project?.tracingVersion ?? 1,
      tracing_enabled: project?.tracingEnabled ?? true,
    };
  }

  @Get('connection-status')
  @Access({ people: true, key: 'read' })
  @ApiOperation({
    summary: 'Connection status of every project and its instances; a key sees its own project',
  })
  @ApiOkResponse({ type: [ConnectionStatusAnswer] })
  connectionStatus(@CurrentPrincipal() principal: Principal): Promise<ConnectionStatusAnswer[]> {
    return this.status.read(principal.kind === 'key' ? principal.projectId : null);
  }
}
