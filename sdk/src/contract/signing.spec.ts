import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deriveSigningKey, type EntryField, signFields, verifyFields } from './signing.ts';

const KEY = deriveSigningKey('key');

/** The contract word for word: every piece on its own. */
function signedPieceByPiece(streamName: string, fields: readonly EntryField[]): string {
  const hmac = createHmac('sha256', KEY).update(streamName);
  for (const piece of fields.filter(([name]) => name !== 'sig').flat()) {
    const bytes = Buffer.from(piece);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hmac.update(length).update(bytes);
  }
  return hmac.digest('base64url');
}

/** Around every size at which pieces are gathered, split or digested alone. */
const sizes = fc.oneof(
  fc.nat(300),
  fc.integer({ min: 2_700, max: 2_760 }),
  fc.integer({ min: 8_180, max: 8_200 }),
);
const text = fc
  .tuple(sizes, fc.constantFrom('a', 'é', '漢', '\u{1F600}'))
  .map(([size, char]) => char.repeat(size));
const value = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  sizes.map((size) => Buffer.alloc(size, 7)),
);
const field = fc.tuple(fc.oneof(fc.constantFrom('p', 'h', 'sig', ''), text), value);

test('fields of any sizes are signed as if each piece were digested on its own', () => {
  fc.assert(
    fc.property(text, fc.array(field, { maxLength: 8 }), (streamName, fields) => {
      expect(signFields(streamName, fields, KEY)).toBe(signedPieceByPiece(streamName, fields));
    }),
  );
});

test('a signature holds for its fields, its stream and its key only', () => {
  const fields = new Map([
    ['p', Buffer.alloc(20_000, 1)],
    ['n', Buffer.from('1')],
  ]);
  const signed = new Map([...fields, ['sig', Buffer.from(signFields('s', fields, KEY))]]);
  expect(verifyFields('s', signed, KEY)).toBe(true);
  expect(verifyFields('t', signed, KEY)).toBe(false);
  expect(verifyFields('s', signed, deriveSigningKey('other'))).toBe(false);
  expect(verifyFields('s', new Map([...signed, ['n', Buffer.from('2')]]), KEY)).toBe(false);
  expect(verifyFields('s', fields, KEY)).toBe(false);
});
