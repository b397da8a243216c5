import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { type Variant, type VariantTarget } from './variant.ts';

/** The SDK for traces with its batching processor and OTLP over HTTP, everything at its defaults. */
export function startOpenTelemetry({ sinkUrl }: VariantTarget): Variant {
  const exporter = new OTLPTraceExporter({ url: `${sinkUrl}/v1/traces` });
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  const tracer = trace.getTracer('bench');
  return {
    wrap: (name, fn) => (state) =>
      tracer.startActiveSpan(name, async (span) => {
        span.setAttribute('input.value', JSON.stringify(state));
        try {
          const output = await fn(state);
          span.setAttribute('output.value', JSON.stringify(output));
          return output;
        } catch (error) {
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      }),
    close: () => provider.shutdown(),
  };
}
