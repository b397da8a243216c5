import { LangfuseSpanProcessor } from '@langfuse/otel';
import { observe } from '@langfuse/tracing';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { type Variant, type VariantTarget } from './variant.ts';

/** `observe` around each function and the span processor of @langfuse/otel at its defaults. */
export function startLangfuse({ sinkUrl }: VariantTarget): Variant {
  const processor = new LangfuseSpanProcessor({
    publicKey: 'pk-lf-bench',
    secretKey: 'sk-lf-bench',
    baseUrl: sinkUrl,
  });
  const provider = new BasicTracerProvider({ spanProcessors: [processor] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return {
    wrap: (name, fn) => observe(fn, { name }),
    close: () => provider.shutdown(),
  };
}
