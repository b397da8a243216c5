import { fieldOf, isObject } from '../field-of.ts';
import { aboutAnswer, type ModelAnswer } from '../model-calls/model-answer.ts';
import { type ObservedCall } from '../recording/observed-call.ts';
import { type StreamAssembler } from './openai-assemblers.ts';
import { quietly } from '../quietly.ts';

/** What is known of a call that answers by a stream. */
export interface ObservedStream {
  readonly call: ObservedCall;
  readonly assembler: StreamAssembler;
  readonly requestedModel: string | undefined;
}

/** Records a whole answer; one that says that it failed is an error. */
export function recordAnswer(
  { call, requestedModel }: Pick<ObservedStream, 'call' | 'requestedModel'>,
  answer: ModelAnswer,
): void {
  call.update(aboutAnswer(answer, requestedModel));
  if (answer.failure === undefined) {
    call.end(answer.output);
    return;
  }
  call.update({ output: answer.output });
  call.fail(answer.failure);
}

/** What came until then is kept. */
function leave({ call, requestedModel, assembler }: ObservedStream, how: string): void {
  const answer = assembler.answer();
  call.update({ ...aboutAnswer(answer, requestedModel), statusMessage: how });
  call.end(answer.output, { status: 'incomplete' });
}

function failWith({ call, requestedModel, assembler }: ObservedStream, error: unknown): void {
  const answer = assembler.answer();
  call.update({ ...aboutAnswer(answer, requestedModel), output: answer.output });
  call.fail(error);
}

interface IteratorLike {
  next(...args: readonly unknown[]): Promise<IteratorResult<unknown>>;
  return?(value?: unknown): Promise<IteratorResult<unknown>>;
  throw?(error?: unknown): Promise<IteratorResult<unknown>>;
}
const isIterator = (value: unknown): value is IteratorLike => typeof fieldOf(value, 'next') === 'function';

/** Takes what passes through an iterator. */
class StreamWatch {
  private readonly observed: ObservedStream;
  private readonly isAborted: () => boolean;
  private hasSaid = false;

  constructor(observed: ObservedStream, isAborted: () => boolean) {
    this.observed = observed;
    this.isAborted = isAborted;
  }

  passed({ done, value }: IteratorResult<unknown>): void {
    const { assembler, call } = this.observed;
    if (done !== true) {
      const isSaid = assembler.add(value);
      if (isSaid && !this.hasSaid) call.firstTokenCame();
      this.hasSaid ||= isSaid;
    } else if (this.isAborted() && !assembler.isComplete) leave(this.observed, 'the stream was aborted');
    else recordAnswer(this.observed, assembler.answer());
  }

  left(): void {
    const { assembler } = this.observed;
    if (assembler.isComplete) recordAnswer(this.observed, assembler.answer());
    else leave(this.observed, 'the stream was left before its end');
  }

  failed(error: unknown): void {
    failWith(this.observed, error);
  }
}

/** The same iterator, whose chunks are put together as they pass. */
function observedIterator(iterator: IteratorLike, watch: StreamWatch): AsyncIterableIterator<unknown> {
  return {
    async next(...args) {
      let result: IteratorResult<unknown>;
      try {
        result = await iterator.next(...args);
      } catch (error) {
        quietly(() => watch.failed(error));
        throw error;
      }
      quietly(() => watch.passed(result));
      return result;
    },
    async return(value?: unknown) {
      quietly(() => watch.left());
      return (await iterator.return?.(value)) ?? { done: true, value };
    },
    async throw(error?: unknown) {
      quietly(() => watch.failed(error));
      if (iterator.throw === undefined) throw error;
      return iterator.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

export const isStream = (value: unknown): value is object =>
  isObject(value) && typeof Reflect.get(value, Symbol.asyncIterator) === 'function';

/** Observes a stream in place: its own methods (`tee`, `toReadableStream`) go on working, on what is observed. */
export function observeStream(stream: object, observed: ObservedStream): void {
  const key = typeof fieldOf(stream, 'iterator') === 'function' ? 'iterator' : Symbol.asyncIterator;
  const iterate: unknown = Reflect.get(stream, key);
  if (typeof iterate !== 'function') return;
  const isAborted = (): boolean =>
    fieldOf(fieldOf(fieldOf(stream, 'controller'), 'signal'), 'aborted') === true;
  const value = (...args: readonly unknown[]): unknown => {
    const iterator: unknown = Reflect.apply(iterate, stream, args);
    return isIterator(iterator) ? observedIterator(iterator, new StreamWatch(observed, isAborted)) : iterator;
  };
  Object.defineProperty(stream, key, { value, configurable: true, writable: true, enumerable: true });
}
