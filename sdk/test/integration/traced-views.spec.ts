import { expect, test } from '@jest/globals';
import { flush, getCurrentTraceId, shutdown, startObservation, startTrace, traced } from '../../src/index.ts';
import { useObservedProject } from '../use-observed-project.ts';

const project = useObservedProject();

const traceNames = async (): Promise<unknown[]> => {
  await flush();
  return (await project.events())
    .filter(({ event_type: type }) => type === 'trace_start')
    .map(({ name }) => name);
};

test('what a value runs when it is read for a record is not traced itself', async () => {
  let views = 0;
  const view = traced('view', (user: User): object => {
    views += 1;
    startTrace({ name: 'by hand', input: user }).end();
    startObservation({ name: 'below', meta: { user } }).end();
    return { name: user.name };
  });
  class User {
    readonly name = 'Anna';
    toJSON(): object {
      return view(this);
    }
  }
  const greet = traced('greet', (user: User) => `Hello ${user.name}`);
  expect(greet(new User())).toBe('Hello Anna');
  expect(views).toBe(1);
  expect(await traceNames()).toEqual(['greet']);
  const rows = await project.observations();
  expect([...rows.keys()]).toEqual(['greet']);
  expect(rows.get('greet')).toMatchObject({ input: { name: 'Anna' } });
  startTrace({ name: 'meta', meta: { user: new User() } }).end();
  expect(await traceNames()).toEqual(['greet', 'meta']);
  expect(traced('after', () => getCurrentTraceId())()).toEqual(expect.any(String));
});

test('a mask may call traced code, and knows the trace', async () => {
  await shutdown();
  const ids: unknown[] = [];
  const hide = traced('hide', (value: unknown) => value);
  project.initialize({
    mask: (value) => {
      ids.push(getCurrentTraceId());
      return hide(value);
    },
  });
  const trace = startTrace({ name: 'by hand' });
  trace.run(() => traced('masked', (text: string) => text)('secret'));
  trace.end();
  expect(ids).toEqual([trace.id, trace.id]);
  expect(await traceNames()).toEqual(['by hand']);
});
