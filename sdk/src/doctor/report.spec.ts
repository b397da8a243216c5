import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createApiKey } from '../contract/index.ts';
import { resolveOptions } from '../options.ts';
import { broken, ok, warning } from './finding.ts';
import { exitCodeOf, findingLine, Redaction, reportJson, summaryLines } from './report.ts';

const { apiKey, keyId } = createApiKey(randomBytes);

test('no secret of the settings passes, as written or as meant, wherever it comes from', () => {
  const { options } = resolveOptions(
    {
      apiKey,
      redisUrl: 'redis://me:p%40ss-word@redis:6379?password=from-query',
      apiUrl: 'http://u:web-pass@s',
    },
    {},
  );
  const redaction = new Redaction(options);
  const text = `${apiKey} p%40ss-word p@ss-word from-query web-pass`;
  expect(redaction.apply(text)).toBe(`sws_${keyId}_*** *** *** *** ***`);
});

test('a key of the wrong form is a secret as a whole', () => {
  const { options } = resolveOptions({ apiKey: 'sws_mistyped' }, {});
  expect(new Redaction(options).apply('key sws_mistyped!')).toBe('key ***!');
});

test('a finding is one line with its remedy', () => {
  expect(findingLine(broken('Redis', 'is\r\n away', 'start it'))).toBe('✖ Redis: is away → start it');
});

test('warnings leave the exit code at 0, errors make it 1', () => {
  const trace = { id: 't', url: 'http://s/t', readableAfterMs: 12 };
  const works = { findings: [ok('a', 'b'), warning('c', 'd', 'e')], trace };
  const fails = { findings: [broken('a', 'b', 'c')], trace: undefined };
  expect([exitCodeOf(works), exitCodeOf(fails)]).toEqual([0, 1]);
  expect(summaryLines(works)).toEqual(['', 'Tracing works. 0 errors, 1 warning.', 'Test trace: http://s/t']);
  expect(summaryLines({ ...works, trace: undefined })[1]).toMatch(
    /^Nothing is found wrong, but whether traces are stored was not seen\. /,
  );
  expect(summaryLines(fails)).toEqual(['', 'Tracing does not work as it should. 1 error, 0 warnings.']);
  expect(JSON.parse(reportJson(fails))).toEqual({
    ok: false,
    findings: [{ check: 'a', outcome: 'error', text: 'b', remedy: 'c' }],
    trace: null,
  });
});
