import { Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentPrincipal, type Principal } from '../http/access.ts';
import { apiPath } from '../http/api-path.ts';
import { PageQuery } from '../http/page.ts';
import { ProjectScope } from '../http/project-scope.ts';
import { STATUS_OK, StatusAnswer } from '../http/status-answer.ts';
import { ConsoleBody, StrictQuery } from '../http/validation.ts';
import {
  CreateProjectBody,
  ProjectAnswer,
  projectAnswer,
  ProjectPage,
  UpdateProjectBody,
} from './project-dto.ts';
import { ProjectStore } from './project-store.ts';

@ApiTags('projects')
@Controller(apiPath('projects'))
export class ProjectsController {
  private readonly store: ProjectStore;
  private readonly scope: ProjectScope;

  constructor(store: ProjectStore, scope: ProjectScope) {
    this.store = store;
    this.scope = scope;
  }

  @Get()
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'Lists projects, newest first; a key sees its own' })
  @ApiOkResponse({ type: ProjectPage })
  async list(
    @StrictQuery() query: PageQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ProjectPage> {
    if (principal.kind === 'key') {
      return { items: [projectAnswer(await this.store.get(principal.projectId))], next_cursor: null };
    }
    const page = await this.store.list(query);
    return { items: page.items.map(projectAnswer), next_cursor: page.next_cursor };
  }

  @Post()
  @Access({ people: true })
  @ApiOperation({ summary: 'Makes a project' })
  @ApiCreatedResponse({ type: ProjectAnswer })
  async create(@ConsoleBody() body: CreateProjectBody): Promise<ProjectAnswer> {
    return projectAnswer(await this.store.create(body));
  }

  @Get(':id')
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'One project' })
  @ApiOkResponse({ type: ProjectAnswer })
  async get(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<ProjectAnswer> {
    return projectAnswer(await this.store.get(await this.scope.resolve(principal, id)));
  }

  @Patch(':id')
  @Access({ people: true })
  @ApiOperation({ summary: 'Changes a project; an absent field stays' })
  @ApiOkResponse({ type: ProjectAnswer })
  async update(
    @Param('id') id: string,
    @ConsoleBody() body: UpdateProjectBody,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ProjectAnswer> {
    return projectAnswer(await this.store.update(await this.scope.resolve(principal, id), body));
  }

  @Delete(':id')
  @HttpCode(200)
  @Access({ people: true })
  @ApiOperation({ summary: 'Deletes a project and, in the background, all that was observed of it' })
  @ApiOkResponse({ type: StatusAnswer })
  async delete(@Param('id') id: string, @CurrentPrincipal() principal: Principal): Promise<StatusAnswer> {
    await this.store.delete(await this.scope.resolve(principal, id));
    return STATUS_OK;
  }
}
