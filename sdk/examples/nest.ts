/**
 * NestJS: initialise before the application is made, decorate the methods of services, and shut down with the application.
 * To be compiled (`experimentalDecorators`), as any NestJS application: Node itself knows no decorators.
 */
import 'reflect-metadata';
import {
  Body,
  Controller,
  Headers,
  Inject,
  Injectable,
  Module,
  type OnApplicationShutdown,
  Post,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { initializeTracing, shutdown, Traced, updateCurrentTrace } from 'swisper-studio';

@Injectable()
class SearchService {
  @Traced('search', { type: 'RETRIEVER' })
  search(question: string): Promise<string[]> {
    return Promise.resolve([`about ${question}`]);
  }
}

@Injectable()
class AnswerService {
  private readonly pages: SearchService;

  constructor(@Inject(SearchService) pages: SearchService) {
    this.pages = pages;
  }

  /** Called by the controller, outside of any trace: it opens one, and `search` is below it. */
  @Traced('answer')
  async answer(question: string, user: string): Promise<string> {
    updateCurrentTrace({ userId: user });
    const [page] = await this.pages.search(question);
    return `I read ${page ?? 'nothing'}.`;
  }
}

@Controller()
class AskController {
  private readonly answers: AnswerService;

  constructor(@Inject(AnswerService) answers: AnswerService) {
    this.answers = answers;
  }

  @Post('ask')
  ask(@Body() body: { question: string }, @Headers('x-user') user = 'anonymous'): Promise<string> {
    return this.answers.answer(body.question, user);
  }
}

/** Sends the last events when the application closes. */
@Injectable()
class Tracing implements OnApplicationShutdown {
  onApplicationShutdown(): Promise<void> {
    return shutdown();
  }
}

@Module({ controllers: [AskController], providers: [AnswerService, SearchService, Tracing] })
class AppModule {}

initializeTracing();
const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: ['error'] });
app.enableShutdownHooks();
await app.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1');
console.log('listening');
