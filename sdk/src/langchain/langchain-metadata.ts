import { fieldOf } from '../field-of.ts';
import { type TraceStart } from '../recording/open-trace.ts';

/** What the traces a handler opens are told; a run inside a trace belongs to that one. */
export interface LangChainHandlerOptions {
  /** Default: the name of the outermost run. */
  traceName?: string;
  /** Default: `user_id` or `userId` of the outermost run's metadata. */
  userId?: string;
  /** Default: `session_id`, `sessionId`, `chat_id`, `conversation_id` or `thread_id` of the outermost run's metadata. */
  sessionId?: string;
  /** Beside the outermost run's own tags. */
  tags?: readonly string[];
  meta?: { readonly [key: string]: unknown };
}

/** What LangChain and LangGraph put there for themselves. */
const OWN_KEYS = /^(?:ls_|langgraph_|__pregel|lc_|checkpoint_ns$|versions$)/;
const OWN_TAGS = /^(?:seq:step:|map:key:|condition:|branch:|graph:step:|langsmith:|exception:)/;

const USER_KEYS = ['user_id', 'userId'] as const;
const SESSION_KEYS = ['session_id', 'sessionId', 'chat_id', 'conversation_id', 'thread_id'] as const;

const firstOf = (metadata: unknown, keys: readonly string[]): unknown =>
  keys.map((key) => fieldOf(metadata, key)).find((value) => value !== undefined && value !== null);

/** The application's metadata of a run; what it inherits from the run above is said there. */
export function aboutRun(metadata: unknown, above: unknown): { readonly [key: string]: unknown } {
  if (typeof metadata !== 'object' || metadata === null) return {};
  const own = Object.entries(metadata).filter(
    ([key, value]) => !OWN_KEYS.test(key) && fieldOf(above, key) !== value,
  );
  return Object.fromEntries(own);
}

const tagsOf = (tags: unknown): string[] =>
  Array.isArray(tags)
    ? tags.filter((tag): tag is string => typeof tag === 'string' && !OWN_TAGS.test(tag))
    : [];

/** What a trace is told that a run opens. */
export function aboutTrace(
  options: LangChainHandlerOptions,
  metadata: unknown,
  runTags: unknown,
): Partial<TraceStart> {
  const tags = [...new Set([...tagsOf(options.tags), ...tagsOf(runTags)])];
  const about = { ...aboutRun(metadata, undefined), ...options.meta };
  return {
    ...(options.traceName === undefined ? {} : { name: options.traceName }),
    userId: options.userId ?? firstOf(metadata, USER_KEYS),
    sessionId: options.sessionId ?? firstOf(metadata, SESSION_KEYS),
    ...(tags.length === 0 ? {} : { tags }),
    ...(Object.keys(about).length === 0 ? {} : { meta: about }),
  };
}
