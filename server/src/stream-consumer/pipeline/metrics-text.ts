import { Inject, Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Gauge } from 'prom-client';
import { CLOCK, type Clock } from '../../kernel/clock.ts';
import { StreamLimit } from '../../stream-limit/index.ts';
import { ConsumerMetrics } from './consumer-metrics.ts';
import { EventCounters } from './event-counters.ts';
import { PipelineSources } from './pipeline-sources.ts';
import { StreamGauges } from './stream-gauges.ts';

const PREFIX = 'swisper_studio_';

/** The metrics of this process and of the pipeline in Prometheus' text format. */
@Injectable()
export class MetricsText {
  private readonly consumer: ConsumerMetrics;
  private readonly sources: PipelineSources;
  private readonly limit: StreamLimit;
  private readonly clock: Clock;
  private readonly stream: StreamGauges;
  private readonly events: EventCounters;
  private readonly dependencies: Gauge;
  private readonly deadLetters: Gauge;
  private hasDefaults = false;
  private refreshing: Promise<void> | null = null;

  constructor(
    consumer: ConsumerMetrics,
    sources: PipelineSources,
    limit: StreamLimit,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.consumer = consumer;
    this.sources = sources;
    this.limit = limit;
    this.clock = clock;
    const { registry } = consumer;
    this.stream = new StreamGauges(registry);
    this.events = new EventCounters(registry);
    this.dependencies = new Gauge({
      name: `${PREFIX}dependency_up`,
      help: '1 where a dependency answered',
      labelNames: ['dependency'],
      registers: [registry],
    });
    this.deadLetters = new Gauge({
      name: `${PREFIX}dead_letters`,
      help: 'Dead letters that are kept',
      labelNames: ['reason'],
      registers: [registry],
    });
  }

  get contentType(): string {
    return this.consumer.registry.contentType;
  }

  /** Never rejects for a dependency that is away: then its figures are missing and `dependency_up` says so. */
  async read(): Promise<string> {
    this.collectProcess();
    this.refreshing ??= this.refresh().finally(() => {
      this.refreshing = null;
    });
    await this.refreshing;
    return this.consumer.registry.metrics();
  }

  /** Only where somebody asks: it observes the garbage collector and the event loop from then on. */
  private collectProcess(): void {
    if (this.hasDefaults) return;
    this.hasDefaults = true;
    collectDefaultMetrics({ register: this.consumer.registry, prefix: PREFIX });
  }

  private async refresh(): Promise<void> {
    await Promise.all([
      this.attempt('redis', () => this.refreshStream()),
      this.attempt('database', () => this.refreshAccounts()),
    ]);
  }

  private async attempt(dependency: string, refresh: () => Promise<void>): Promise<void> {
    const isUp = await refresh().then(
      () => 1,
      () => 0,
    );
    this.dependencies.set({ dependency }, isUp);
  }

  private async refreshStream(): Promise<void> {
    try {
      const { state } = await this.sources.readRedis();
      this.stream.showState(state, this.limit.readCurrent());
    } catch (error) {
      this.stream.showState(null, null);
      throw error;
    }
  }

  private async refreshAccounts(): Promise<void> {
    const { epochs, entrySums, accounts, deadLetters } = await this.sources.readCounters();
    this.stream.showHistory(entrySums, epochs[0]?.lastAckedAt ?? null, this.clock.now());
    this.events.show(accounts);
    this.deadLetters.reset();
    for (const { label, count } of deadLetters) this.deadLetters.set({ reason: label }, count);
  }
}
