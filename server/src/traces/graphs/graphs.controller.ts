import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentPrincipal, type Principal } from '../../http/access.ts';
import { apiPath } from '../../http/api-path.ts';
import { ProjectScope } from '../../http/project-scope.ts';
import { StrictQuery } from '../../http/validation.ts';
import { GraphAnswer, GraphListQuery, GraphVersionPage, GraphVersionQuery } from './graph-dto.ts';
import { GraphReader } from './graph-reader.ts';

/** Graphs as their applications declared them. */
@ApiTags('graphs')
@Controller(apiPath('graphs'))
export class GraphsController {
  private readonly graphs: GraphReader;
  private readonly scope: ProjectScope;

  constructor(graphs: GraphReader, scope: ProjectScope) {
    this.graphs = graphs;
    this.scope = scope;
  }

  @Get()
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'Lists the versions of declared graphs, the one declared last first' })
  @ApiOkResponse({ type: GraphVersionPage })
  async list(
    @StrictQuery() query: GraphListQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<GraphVersionPage> {
    return this.graphs.list(await this.scope.resolve(principal, query.project_id), query);
  }

  @Get(':name')
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'Nodes and edges of a declared graph' })
  @ApiOkResponse({ type: GraphAnswer })
  async get(
    @Param('name') name: string,
    @StrictQuery() query: GraphVersionQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<GraphAnswer> {
    const projectId = await this.scope.resolve(principal, query.project_id);
    return this.graphs.get(projectId, name, query.version_hash);
  }
}
