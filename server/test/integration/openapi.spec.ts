import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentText } from '../../src/app/openapi-document.ts';

test('server/openapi.json is what the controllers say (npm run build, then npm run openapi -w server)', async () => {
  const committed = readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8');
  expect(await documentText()).toBe(committed);
});
