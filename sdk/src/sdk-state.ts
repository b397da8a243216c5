import { AsyncLocalStorage } from 'node:async_hooks';
import { type ActiveSdk } from './active-sdk.ts';
import { type LangChainRuns } from './langchain/langchain-runs.ts';
import { type OpenSdks } from './open-sdks.ts';
import { quietly } from './quietly.ts';
import { SDK_VERSION } from './sdk-version.ts';
import { type TraceContext } from './recording/trace-context.ts';

/** An app and its library share one state across builds of one version. */
const STATE_NAME = 'swisper-studio.sdk.1';

export interface SdkState {
  /** Of the SDK that made it. Another one's may have other methods behind the same names. */
  readonly version: string;
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

/** What a version of the SDK finds or makes its state in. */
export interface StateHomes {
  readonly version: string;
  /** Where it may be; the first that can be written to is taken. */
  readonly homes: readonly object[];
  readonly warn: (line: string) => void;
}

function stateIn(homes: readonly object[], key: symbol): SdkState | undefined {
  for (const home of homes) {
    const found: unknown = quietly((): unknown => Reflect.get(home, key));
    if (isSdkState(found)) return found;
  }
  return undefined;
}

/** The state of this version in this process; made, and where it cannot be shared told once, when there is none. */
export function findOrMakeState({ version, homes, warn }: StateHomes): SdkState {
  const commonKey = Symbol.for(STATE_NAME);
  const ownKey = Symbol.for(`${STATE_NAME}@${version}`);
  const first = stateIn(homes, commonKey);
  const found = first?.version === version ? first : stateIn(homes, ownKey);
  if (found !== undefined) return found;
  const contexts = new AsyncLocalStorage<TraceContext>();
  const state: SdkState = { version, contexts, active: undefined, isCapturing: false };
  const isKept = homes.some((home) =>
    Reflect.defineProperty(home, first === undefined ? commonKey : ownKey, {
      value: state,
      configurable: true,
    }),
  );
  if (first !== undefined)
    warn(
      `⚠️ SwisperStudio: two versions of swisper-studio are loaded (${String(first.version)} and ${version}), each of which traces ` +
        'for itself, once initializeTracing() of its own was called. Install one (`npm ls swisper-studio` shows who has which)',
    );
  else if (!isKept)
    warn(
      '⚠️ SwisperStudio: the globals are frozen, so swisper-studio, swisper-studio/openai and swisper-studio/langchain know nothing of ' +
        'each other. Import swisper-studio before they are frozen',
    );
  return state;
}

let known: SdkState | undefined;

/** The state of this version of the SDK in this process (or worker thread), whichever of its builds are loaded. It never changes. */
export const sdkState = (): SdkState =>
  (known ??= findOrMakeState({
    version: SDK_VERSION,
    // Where the application has frozen its globals.
    homes: [globalThis, process],
    warn: (line) => quietly(() => console.warn(line)),
  }));
