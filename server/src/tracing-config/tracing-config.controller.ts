import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiNotModifiedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { Access, CurrentPrincipal, type Principal } from '../http/access.ts';
import { apiPath } from '../http/api-path.ts';
import { ProjectScope } from '../http/project-scope.ts';
import { StrictQuery } from '../http/validation.ts';
import { TracingConfigReader } from './tracing-config-reader.ts';
import { TracingConfigAnswer, TracingConfigQuery } from './tracing-dto.ts';
import { TracingNews } from './tracing-news.ts';

const DESCRIPTION = `With \`version\` and \`wait\` it is a long poll: the answer comes as soon as there is a newer version,
or 304 after the time. A 304 may come earlier (the server stops, or holds too many questions): ask again some seconds
later then.`;

/** What SDKs without Redis follow. */
@ApiTags('tracing')
@Controller(apiPath('projects/:id/tracing'))
export class TracingConfigController {
  private readonly config: TracingConfigReader;
  private readonly news: TracingNews;
  private readonly scope: ProjectScope;

  constructor(config: TracingConfigReader, news: TracingNews, scope: ProjectScope) {
    this.config = config;
    this.news = news;
    this.scope = scope;
  }

  @Get()
  @Access({ people: true, key: 'ingest' })
  @ApiOperation({ summary: 'What an SDK needs to know about tracing', description: DESCRIPTION })
  @ApiOkResponse({ type: TracingConfigAnswer })
  @ApiNotModifiedResponse({ description: 'There is nothing newer than `version`.' })
  async read(
    @Param('id') id: string,
    @StrictQuery() query: TracingConfigQuery,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TracingConfigAnswer | undefined> {
    const projectId = await this.scope.resolve(principal, id);
    const { version } = query;
    if (version === undefined) return this.config.read(projectId);
    // Held before looking, so that no change falls between.
    const question = this.news.hold(projectId, version, (query.wait ?? 0) * 1000);
    reply.raw.once('close', () => question.cancel());
    try {
      const config = await this.config.read(projectId);
      if (config.version > version) return config;
      if (await question.isNews) return await this.config.read(projectId);
    } finally {
      question.cancel();
    }
    void reply.status(304);
    return undefined;
  }
}
