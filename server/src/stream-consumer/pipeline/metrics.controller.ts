import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Public } from '../../http/access.ts';
import { MetricsAccess } from './metrics-access.ts';
import { MetricsText } from './metrics-text.ts';

/** `GET /metrics` for Prometheus. Not for accounts or API keys, so it checks who asks by itself. */
@Controller('metrics')
@Public()
@ApiExcludeController()
export class MetricsController {
  private readonly access: MetricsAccess;
  private readonly metrics: MetricsText;

  constructor(access: MetricsAccess, metrics: MetricsText) {
    this.access = access;
    this.metrics = metrics;
  }

  @Get()
  async read(
    @Req() { headers, socket }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    this.access.check({ headers, remoteAddress: socket.remoteAddress });
    void reply.header('Content-Type', this.metrics.contentType);
    return this.metrics.read();
  }
}
