/** @jest-environment node */
import { spawnSync } from 'node:child_process';

import { expect, it } from '@jest/globals';

it('the committed API types are those of server/openapi.json', () => {
  const check = spawnSync(process.execPath, ['tools/generate-api.ts', '--check'], { encoding: 'utf8' });
  expect(check.stderr).toBe('');
  expect(check.status).toBe(0);
});
