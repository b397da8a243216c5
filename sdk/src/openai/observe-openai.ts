import { fieldOf, isObject } from '../field-of.ts';
import { modelParametersOf } from '../model-calls/model-parameters.ts';
import { ObservedCall } from '../recording/observed-call.ts';
import { type CallKind, CHAT, EMBEDDING, RESPONSE, TEXT } from './openai-kinds.ts';
import { observePromise } from './openai-promise.ts';
import { isStream, observeStream, recordAnswer } from './openai-stream.ts';
import { quietly } from '../quietly.ts';
import { currentContext } from '../recording/trace-context.ts';

export interface ObserveOpenAIOptions {
  /** Name of the observations. Default: `openai.` and the method, e.g. `openai.chat.completions`. */
  name?: string;
  /** Metadata of the observations. */
  meta?: { readonly [key: string]: unknown };
  /** Told to traces that calls open which are made outside of one. Default: the observation's name. */
  traceName?: string;
  userId?: string;
  sessionId?: string;
  tags?: readonly string[];
}

/** What is observed of the client, by the names of its parts. */
interface Part {
  readonly parts?: { readonly [name: string]: Part };
  readonly calls?: { readonly [name: string]: CallKind };
}
const CHAT_PART: Part = { parts: { completions: { calls: { create: CHAT } } } };
const CLIENT: Part = {
  parts: {
    chat: CHAT_PART,
    beta: { parts: { chat: CHAT_PART } },
    responses: { calls: { create: RESPONSE } },
    completions: { calls: { create: TEXT } },
    embeddings: { calls: { create: EMBEDDING } },
  },
};

/** Methods of parts that call observed ones. */
const HELPERS: ReadonlySet<string> = new Set(['parse', 'stream', 'runTools', 'runFunctions']);

type Method = (...args: readonly unknown[]) => unknown;
const isMethod = (value: unknown): value is Method => typeof value === 'function';
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function beginCall(kind: CallKind, body: unknown, options: ObserveOpenAIOptions): ObservedCall | undefined {
  const context = currentContext();
  if (!ObservedCall.isWanted(context)) return undefined;
  const { name = kind.name, traceName, userId, sessionId, tags } = options;
  const tools = fieldOf(body, 'tools') ?? fieldOf(body, 'functions');
  const meta = {
    ...options.meta,
    ...(Array.isArray(tools) && tools.length > 0 ? { tools } : {}),
  };
  return ObservedCall.begin(
    {
      name,
      type: kind.type,
      input: kind.input(body),
      model: textOf(fieldOf(body, 'model')),
      modelParameters: modelParametersOf(body),
      meta: Object.keys(meta).length === 0 ? undefined : meta,
      trace: { name: traceName ?? name, userId, sessionId, tags },
    },
    context,
  );
}

function observedMethod(method: Method, kind: CallKind, options: ObserveOpenAIOptions): Method {
  return (...args) => {
    const [body] = args;
    const call = quietly(() => beginCall(kind, body, options));
    if (call === undefined) return method(...args);
    const requestedModel = textOf(fieldOf(body, 'model'));
    let isTaken = false;
    const take = (data: unknown): void => {
      if (isTaken) return;
      isTaken = true;
      const assembler = isStream(data) ? kind.assembler?.() : undefined;
      if (isStream(data) && assembler !== undefined) observeStream(data, { call, assembler, requestedModel });
      else recordAnswer({ call, requestedModel }, kind.answer(data));
    };
    let promise: unknown;
    try {
      promise = method(...args);
    } catch (error) {
      call.fail(error);
      throw error;
    }
    return quietly(() => observePromise(promise, call, take)) ?? promise;
  };
}

const isFixed = (target: object, key: PropertyKey): boolean =>
  Reflect.getOwnPropertyDescriptor(target, key)?.configurable === false;

/** Clients and their parts that are observed already. */
const proxies = new WeakSet<object>();

function observedPart<Target extends object>(target: Target, handler: ProxyHandler<Target>): Target {
  const proxy = new Proxy(target, handler);
  proxies.add(proxy);
  return proxy;
}

/** Makes what stands for a method show what is attached to it: calls that a test counts, say. */
function standingFor(method: Method, wrapper: Method): Method {
  Object.setPrototypeOf(wrapper, method);
  return wrapper;
}

/** Hands out parts and methods of a client, observed ones where they are known, each made once. */
class PartHandler<Target extends object> implements ProxyHandler<Target> {
  private readonly part: Part;
  private readonly options: ObserveOpenAIOptions;
  /** Undefined for the client itself. */
  private readonly client: object | undefined;
  private readonly made = new Map<PropertyKey, { of: unknown; value: unknown }>();

  constructor(part: Part, options: ObserveOpenAIOptions, client?: object) {
    this.part = part;
    this.options = options;
    this.client = client;
  }

  get(target: Target, key: PropertyKey, receiver: unknown): unknown {
    const value: unknown = Reflect.get(target, key, target);
    // What helpers (`parse`, `stream`, `runTools`) call on their client is observed, and they themselves are not.
    if (key === '_client' && this.client !== undefined && !isFixed(target, key)) return this.client;
    const known = this.made.get(key);
    if (known !== undefined && known.of === value) return known.value;
    const made = this.make(target, key, { value, receiver });
    // Of a frozen part a proxy may say nothing else.
    if (made !== value && isFixed(target, key)) return value;
    if (made !== value) this.made.set(key, { of: value, value: made });
    return made;
  }

  /**
   * On the client itself: a setter of its own may look at private fields, which a proxy does not have. What is set on an object
   * that inherits from the proxy is that object's.
   */
  set(target: Target, key: PropertyKey, value: unknown, receiver: unknown): boolean {
    const isOwn = isObject(receiver) && proxies.has(receiver);
    return Reflect.set(target, key, value, isOwn ? target : receiver);
  }

  private make(
    target: object,
    key: PropertyKey,
    { value, receiver }: { value: unknown; receiver: unknown },
  ): unknown {
    if (typeof key !== 'string') return value;
    const part = own(this.part.parts, key);
    const client = this.client ?? (isObject(receiver) ? receiver : target);
    if (part !== undefined && isObject(value))
      return observedPart(value, new PartHandler(part, this.options, client));
    if (!isMethod(value) || key === 'constructor') return value;
    const kind = own(this.part.calls, key);
    if (kind !== undefined) return standingFor(value, observedMethod(value.bind(target), kind, this.options));
    // Other methods may look at private fields, which a proxy does not have.
    if (this.client === undefined) return this.clientMethod(target, key, value);
    return HELPERS.has(key) ? value : standingFor(value, value.bind(target));
  }

  private clientMethod(target: object, key: string, method: Method): Method {
    const bound: Method = standingFor(method, method.bind(target));
    if (key !== 'withOptions') return bound;
    return (...args) => {
      const copy = bound(...args);
      return isObject(copy) ? observeOpenAI(copy, this.options) : copy;
    };
  }
}

const own = <T>(named: { readonly [name: string]: T } | undefined, name: string): T | undefined =>
  named !== undefined && Object.hasOwn(named, name) ? named[name] : undefined;

/**
 * The client, observed: each chat completion, response, completion and embedding becomes an observation with model, parameters,
 * tokens, tool calls and, for streams, the time of the first token; also those of `parse`, `stream` and `runTools`. Below the
 * traced code that calls, or a trace of its own. What calls return, throw and send is unchanged, and what is not known
 * passes through, frozen parts of a client among it; the client given is not touched.
 *
 * ```ts
 * const openai = observeOpenAI(new OpenAI());
 * ```
 *
 * The tokens of a stream are told where it is asked to tell them (`stream_options: { include_usage: true }`).
 */
export function observeOpenAI<Client extends object>(
  client: Client,
  options: ObserveOpenAIOptions = {},
): Client {
  // What is no object, whatever its type says, fails where it is used, and not here.
  if (!isObject(client) || proxies.has(client)) return client;
  return observedPart(client, new PartHandler<Client>(CLIENT, options ?? {}));
}
