import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../http/access.ts';
import { apiPath } from '../http/api-path.ts';
import { ObservabilityMetricsAnswer } from './observability-dto.ts';
import { PipelineMetrics } from './pipeline-metrics.ts';

@ApiTags('observability')
@Controller(apiPath('observability'))
export class ObservabilityController {
  private readonly metrics: PipelineMetrics;

  constructor(metrics: PipelineMetrics) {
    this.metrics = metrics;
  }

  @Get('metrics')
  @Access({ people: true, key: 'read' })
  @ApiOperation({ summary: 'State of the stream: length, groups, backlog' })
  @ApiOkResponse({ type: ObservabilityMetricsAnswer })
  read(): Promise<ObservabilityMetricsAnswer> {
    return this.metrics.read();
  }
}
