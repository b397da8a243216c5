import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { piecesOf, type CommandArgument } from './command-in-pieces.ts';

/** As the protocol has it: every argument with its bytes in front. */
function asProtocol(args: readonly CommandArgument[]): Buffer {
  const parts = args.flatMap((arg) => {
    const bytes = Buffer.from(arg);
    return [Buffer.from(`$${String(bytes.length)}\r\n`), bytes, Buffer.from('\r\n')];
  });
  return Buffer.concat([Buffer.from(`*${String(args.length)}\r\n`), ...parts]);
}

test('the pieces of a command are the command, whatever is in it, and its Buffers are among them', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('é', '\ud800', '😀', ''),
  );
  const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array));
  fc.assert(
    fc.property(fc.array(fc.oneof(text, bytes), { minLength: 1, maxLength: 12 }), (args) => {
      const pieces = piecesOf(args);
      expect(Buffer.concat(pieces.map((piece) => Buffer.from(piece)))).toEqual(asProtocol(args));
      const buffers = args.filter((arg) => typeof arg !== 'string');
      expect(
        pieces.filter((piece) => typeof piece !== 'string').every((each, i) => each === buffers[i]),
      ).toBe(true);
      expect(pieces.length).toBe(2 * buffers.length + 1);
    }),
    { numRuns: 500 },
  );
});
