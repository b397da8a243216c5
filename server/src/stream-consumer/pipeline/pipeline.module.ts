import { Module } from '@nestjs/common';
import { AccountingModule } from '../accounting/accounting.module.ts';
import { ConsumerMetrics } from './consumer-metrics.ts';
import { EventAccountReader } from './event-account-reader.ts';
import { MetricsAccess } from './metrics-access.ts';
import { MetricsController } from './metrics.controller.ts';
import { MetricsText } from './metrics-text.ts';
import { ObservabilityController } from './observability.controller.ts';
import { PipelineMetrics } from './pipeline-metrics.ts';
import { PipelineSources } from './pipeline-sources.ts';

/** What the pipeline says about itself: to people, programs and Prometheus. */
@Module({
  imports: [AccountingModule],
  controllers: [ObservabilityController, MetricsController],
  providers: [
    PipelineMetrics,
    PipelineSources,
    EventAccountReader,
    MetricsText,
    MetricsAccess,
    { provide: ConsumerMetrics, useFactory: () => new ConsumerMetrics() },
  ],
  exports: [ConsumerMetrics],
})
export class PipelineModule {}
