import { AsyncLocalStorage } from 'node:async_hooks';
import { type ActiveSdk } from './active-sdk.ts';
import { type LangChainRuns } from './langchain/langchain-runs.ts';
import { type OpenSdks } from './open-sdks.ts';
import { type TraceContext } from './recording/trace-context.ts';

/** The number changes only when the shape of the state does: an app and its library share one state across builds. */
const STATE_KEY = Symbol.for('swisper-studio.sdk.1');

export interface SdkState {
  readonly contexts: AsyncLocalStorage<TraceContext>;
  active: ActiveSdk | undefined;
  /** While a value of the application is read for a record: see `capturing`. */
  isCapturing: boolean;
  /** Made with the first that starts. */
  open?: OpenSdks;
  /** Made when the first handler is told of a run, or the first graph is traced. */
  langChainRuns?: LangChainRuns;
}

const isSdkState = (value: unknown): value is SdkState =>
  typeof value === 'object' &&
  value !== null &&
  'contexts' in value &&
  value.contexts instanceof AsyncLocalStorage;

function findOrMake(): SdkState {
  const found: unknown = Reflect.get(globalThis, STATE_KEY);
  if (isSdkState(found)) return found;
  const state: SdkState = {
    contexts: new AsyncLocalStorage<TraceContext>(),
    active: undefined,
    isCapturing: false,
  };
  // Where the application has frozen its globals, each build keeps a state of its own.
  Reflect.defineProperty(globalThis, STATE_KEY, { value: state, configurable: true });
  return state;
}

let known: SdkState | undefined;

/** The one state of this process (or worker thread), whichever builds of the SDK are loaded. It never changes. */
export const sdkState = (): SdkState => (known ??= findOrMake());
