import { fieldOf } from '../field-of.ts';
import { type ObservedCall } from '../recording/observed-call.ts';
import { quietly } from '../quietly.ts';
import { isPromise, watched } from '../recording/watched-promise.ts';

/** The client's promise: the request runs at once, but its answer is read when somebody asks for it, and how they ask. */
interface ApiPromiseLike extends Promise<unknown> {
  responsePromise: Promise<unknown>;
  parseResponse: (...args: readonly unknown[]) => unknown;
  asResponse?: () => Promise<unknown>;
  _thenUnwrap?: (transform: Transform) => unknown;
}
type Transform = (data: unknown, ...more: readonly unknown[]) => unknown;
const isApiPromise = (value: unknown): value is ApiPromiseLike =>
  isPromise(value) &&
  isPromise(fieldOf(value, 'responsePromise')) &&
  typeof fieldOf(value, 'parseResponse') === 'function';

/** What is done with the answer, the first time it comes: it may be a stream, which is observed further. */
export type TakeAnswer = (data: unknown) => void;

/** Only when it is asked for: a promise made beside it, whose error nobody handles, would end the process. */
function observeFailure(promise: ApiPromiseLike, call: ObservedCall): void {
  const { responsePromise } = promise;
  let observed: Promise<unknown> | undefined;
  const get = (): Promise<unknown> => {
    observed ??= responsePromise.catch((error: unknown) => {
      call.fail(error);
      throw error;
    });
    return observed;
  };
  Reflect.defineProperty(promise, 'responsePromise', { get, configurable: true, enumerable: true });
}

/** Observed where the answer is read, so that nothing is read that the caller does not read. */
function observeApiPromise(promise: ApiPromiseLike, call: ObservedCall, take: TakeAnswer): void {
  const { asResponse, _thenUnwrap: thenUnwrap } = promise;
  const parse = promise.parseResponse.bind(promise);
  let isParsed = false;
  observeFailure(promise, call);
  promise.parseResponse = async (...args) => {
    isParsed = true;
    let data: unknown;
    try {
      data = await parse(...args);
    } catch (error) {
      call.fail(error);
      throw error;
    }
    quietly(() => take(data));
    return data;
  };
  if (asResponse !== undefined)
    promise.asResponse = async () => {
      const response = await asResponse.call(promise);
      // `withResponse()` reads the answer as well; who takes the response alone reads it on their own.
      if (!isParsed) {
        call.update({ meta: { raw_response: true, http_status: fieldOf(response, 'status') } });
        call.end(undefined);
      }
      return response;
    };
  // What the client's helpers go on with instead of this promise.
  if (thenUnwrap !== undefined)
    promise._thenUnwrap = (transform) => {
      const next = thenUnwrap.call(promise, (data, ...more) => {
        quietly(() => take(data));
        return transform(data, ...more);
      });
      if (isApiPromise(next)) observeApiPromise(next, call, take);
      return next;
    };
}

/** The promise a method returned, observed; the client's own kind of promise is handed back itself. */
export function observePromise(promise: unknown, call: ObservedCall, take: TakeAnswer): unknown {
  if (isApiPromise(promise)) {
    observeApiPromise(promise, call, take);
    return promise;
  }
  if (isPromise(promise)) return watched(promise, take, (error) => call.fail(error));
  take(promise);
  return promise;
}
