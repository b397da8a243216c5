import { describe, expect, test } from '@jest/globals';
import { NIL_UUID } from '../../kernel/uuid.ts';
import { isObservedId, observationIdOf, traceIdOf } from './observed-id.ts';

const PROJECT = '0d7aa606-cb29-4a31-8a59-50fa61151a32';
const TRACE = '018f4f0e-7c1a-7b3e-9d55-0a1b2c3d4e5f';

describe('ids of traces and observations', () => {
  test('a UUID in any spelling is that UUID', () => {
    expect(traceIdOf(PROJECT, TRACE.toUpperCase())).toEqual({ id: TRACE, originalId: null });
    expect(traceIdOf(PROJECT, TRACE.replaceAll('-', ''))).toEqual({ id: TRACE, originalId: null });
  });

  test('anything else gets a UUID made from the project, and keeps its text', () => {
    const one = traceIdOf(PROJECT, 'chat/42');
    expect(one.originalId).toBe('chat/42');
    expect(one.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
    expect(traceIdOf(PROJECT, 'chat/42')).toEqual(one);
    expect(traceIdOf(TRACE, 'chat/42').id).not.toBe(one.id);
  });

  test('the same text is another observation in another trace, and never its trace', () => {
    const first = observationIdOf(PROJECT, TRACE, 'step').id;
    expect(observationIdOf(PROJECT, PROJECT, 'step').id).not.toBe(first);
    expect(traceIdOf(PROJECT, 'step').id).not.toBe(first);
  });

  test('the nil UUID is an ordinary text, because it stands for the trace itself', () => {
    expect(observationIdOf(PROJECT, TRACE, NIL_UUID)).toMatchObject({ originalId: NIL_UUID });
    expect(observationIdOf(PROJECT, TRACE, NIL_UUID).id).not.toBe(NIL_UUID);
  });

  test.each([
    ['a', true],
    ['ä/ 😀', true],
    ['x'.repeat(200), true],
    ['', false],
    ['x'.repeat(201), false],
    [' ', false],
    ['a\nb', false],
  ])('%p may be an id: %p', (text, allowed) => {
    expect(isObservedId(text)).toBe(allowed);
  });
});
