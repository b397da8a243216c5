import { Controller, Get, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorFunction,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { type FastifyReply } from 'fastify';
import { Public } from '../http/access.ts';
import { REDIS, type RedisCommands } from '../redis/redis.module.ts';
import { ProcessState } from './process-state.ts';

/** A dependency that takes longer is as good as away. */
const ANSWER_WITHIN_MS = 1_000;

/** Probes for whoever runs the process. */
@ApiTags('health')
@Controller('health')
@Public()
export class HealthController {
  private readonly health: HealthCheckService;
  private readonly indicators: HealthIndicatorService;
  private readonly process: ProcessState;
  private readonly redis: RedisCommands;

  constructor(
    health: HealthCheckService,
    indicators: HealthIndicatorService,
    state: ProcessState,
    @Inject(REDIS) redis: RedisCommands,
  ) {
    this.health = health;
    this.indicators = indicators;
    this.process = state;
    this.redis = redis;
  }

  @Get('live')
  @HealthCheck()
  @ApiOperation({ summary: 'The process answers and no part of it is stuck; asks no dependency' })
  live(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    const checks = [...this.process.vitalSigns.read()].map(([name, { up, detail }]) => () => {
      const session = this.indicators.check(name);
      return up ? session.up(detail ?? {}) : session.down(detail ?? {});
    });
    return this.answer(checks, reply);
  }

  @Get('ready')
  @HealthCheck()
  @ApiOperation({
    summary: 'Database and Redis answer, migrations are applied, and the process is not stopping',
  })
  ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    return this.answer(
      [
        () => this.indicators.check('process').attempt(() => this.process.requireWorking()),
        () =>
          this.indicators
            .check('database')
            .attempt(() => this.process.requireDatabase())
            .withTimeout(ANSWER_WITHIN_MS),
        () =>
          this.indicators
            .check('redis')
            .attempt(() => this.requireRedis())
            .withTimeout(ANSWER_WITHIN_MS),
      ],
      reply,
    );
  }

  private async requireRedis(): Promise<void> {
    await this.redis.ping();
  }

  /** Terminus' format whether the answer is yes or no; other errors stay problems. */
  private async answer(checks: HealthIndicatorFunction[], reply: FastifyReply): Promise<HealthCheckResult> {
    try {
      return await this.health.check(checks);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      void reply.status(503);
      const result = error.getResponse();
      if (!isHealthCheckResult(result)) throw error;
      return result;
    }
  }
}

function isHealthCheckResult(value: unknown): value is HealthCheckResult {
  return typeof value === 'object' && value !== null && 'status' in value && 'details' in value;
}
