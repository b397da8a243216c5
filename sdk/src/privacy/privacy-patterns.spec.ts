import { describe, expect, test } from '@jest/globals';
import { createApiKey } from '../contract/index.ts';
import { makeRedactor, REDACT_PATTERNS, type RedactPattern } from './privacy-patterns.ts';
import { serialize } from '../payloads/serialize.ts';

const KB = 1024;
const redacted = (text: string, ...patterns: RedactPattern[]): string =>
  makeRedactor(patterns)?.text(text) ?? text;
const json = (value: unknown, patterns: readonly RedactPattern[] = REDACT_PATTERNS): unknown =>
  JSON.parse(serialize(value, 64 * KB, makeRedactor(patterns)).text);

const letters = 'Zx9Qw3Er5Ty7Ui1Op2As4Df6Gh8Jk0Lz';
const pem = (kind: string): string =>
  `-----BEGIN ${kind}-----\n${letters}\n${letters}\n-----END ${kind}-----`;

describe('keys', () => {
  test.each([
    `sk-${letters}`,
    `sk-ant-api03-${letters}_${letters}`,
    `sk-proj-${letters}`,
    `sk_live_${letters}`,
    createApiKey((size) => new Uint8Array(size)).apiKey,
    'AKIAIOSFODNN7EXAMPLE',
    `ghp_${letters}`,
    `github_pat_${letters}_${letters}`,
    `glpat-${letters}`,
    'xoxb-123456789012-abcdef',
    `AIza${letters}abc`,
    `hf_${letters}`,
    `SG.${letters}.${letters}`,
    'Bearer abc123def456',
    `bearer ${letters}`,
    'Authorization: Basic am9lOmh1bnRlcjI=',
    `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${letters}`,
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.',
    pem('RSA PRIVATE KEY'),
    pem('PRIVATE KEY'),
    pem('OPENSSH PRIVATE KEY').replaceAll('\n', '\\n'),
    `-----BEGIN PRIVATE KEY-----\n${letters}`,
  ])('%s is replaced, whatever is around it', (key) => {
    for (const around of ['%', 'with "%" in it', 'key=%,', '(%)', 'a\n%\nb', 'url?k=%']) {
      const shown = redacted(
        around.replace('%', () => key),
        'keys',
      );
      expect(shown).toContain('[redacted:key]');
      expect(shown).not.toContain(key.slice(-12));
    }
  });

  test('credentials in URLs go, and the rest of the URL stays', () => {
    const text = 'connect to redis://joe:hunter2@redis:6379/0 or postgres://:hunter2@db/app';
    expect(redacted(text, 'keys')).toBe(
      'connect to redis://[redacted:key]@redis:6379/0 or postgres://[redacted:key]@db/app',
    );
  });

  test.each([
    'risk-assessment-and-task-management-framework',
    'npm-packages-with-a-long-name and hf-transformers-and-more',
    'use bearer authentication, please',
    'see http://localhost:8001/path@home and mailto:me',
    '0d7aa606-cb29-4a31-8a59-50fa61151a32',
    'The sk- prefix and ghp_ and eyJ alone',
    pem('CERTIFICATE'),
  ])('%s is left alone', (text) => {
    expect(redacted(text, 'keys')).toBe(text);
  });
});

describe('emails', () => {
  test.each([
    ['joe@example.org', '[redacted:email]'],
    ['mail <joe.b+tag@mail.example.co.uk>, or', 'mail <[redacted:email]>, or'],
    ["'o_brien%x@a-b.io'", "'[redacted:email]'"],
    ['a@b.co;c@d.com', '[redacted:email];[redacted:email]'],
    ['jürgen@müller.de schreibt.', '[redacted:email] schreibt.'],
    ['joe@пример.рф', '[redacted:email]'],
    ['ask joe@example.org.', 'ask [redacted:email].'],
    ['joe@xn--e1afmkfd.xn--p1ai', '[redacted:email]'],
  ])('%s becomes %s', (text, shown) => {
    expect(redacted(text, 'emails')).toBe(shown);
  });

  test.each([
    'npm i left-pad@1.3.0',
    '@scope/name',
    'a @ b.co',
    'joe@localhost',
    '@@@',
    'user@',
    'x@y..',
    'a@.b',
  ])('%s is left alone', (text) => {
    expect(redacted(text, 'emails')).toBe(text);
  });
});

describe('cards', () => {
  test.each([
    '4111111111111111',
    '4111 1111 1111 1111',
    '5500-0000-0000-0004',
    '3400 000000 00009',
    '30000000000004',
    '6011.0000.0000.0004',
    '4222222222222',
  ])('%s is replaced, whatever is around it', (card) => {
    for (const around of ['%', 'card:%;', '("%")', '2024 % 12/27', 'x\n%\ny', '1 %', '%.']) {
      expect(redacted(around.replace('%', card), 'cards')).toBe(around.replace('%', '[redacted:card]'));
    }
    expect(json({ card }, ['cards'])).toEqual({ card: '[redacted:card]' });
  });

  test.each([
    '4111111111111112',
    '1763800000000',
    '0d7aa606-4111-1111-1111-111111111111',
    'id4111111111111111',
    '0.4111111111111111',
    '41111111111111111111111',
    '4111 1111',
  ])('%s is left alone', (text) => {
    expect(redacted(text, 'cards')).toBe(text);
  });

  test('numbers are looked at as well', () => {
    const value = { card: 4111111111111111, list: [5500000000000004, 1763800000000], share: 0.41111111 };
    expect(json(value, ['cards'])).toEqual({
      ...{ card: '[redacted:card]', list: ['[redacted:card]', 1763800000000], share: 0.41111111 },
    });
  });
});

describe('secret fields', () => {
  test('lose their values by name, however it is written, unless that says only whether there is one', () => {
    const secret = '[redacted:secret]';
    const names = [
      'password',
      'API_KEY',
      'x-api-key',
      'openaiApiKey',
      'Authorization',
      'clientSecret',
      'Set-Cookie',
    ];
    for (const name of [
      ...names,
      'db.password',
      'aws_secret_access_key',
      'refresh_token',
      'userCredentials',
    ]) {
      expect(json({ deep: [{ [name]: 'x', n: 1 }] })).toEqual({ deep: [{ [name]: secret, n: 1 }] });
      expect(json({ [name]: { nested: 'x' } })).toEqual({ [name]: secret });
      expect(json({ [name]: true, other: null })).toEqual({ [name]: true, other: null });
    }
    expect(json(new Map([['password', 1]]))).toEqual({ password: secret });
  });

  test('leave fields alone that only sound alike', () => {
    const value = {
      tokens: 12,
      max_tokens: 5,
      token: 'Hello',
      secretary: 'Ann',
      author: 'Bo',
      passwordHint: 'dog',
    };
    expect(json(value, ['secretFields'])).toEqual(value);
  });

  test('are found within texts: arguments of tool calls, query strings, assignments', () => {
    const call = JSON.stringify({ user: 'joe', api_key: 'a"b', password: "it's", pin_code: 1234, n: [1] });
    expect(JSON.parse(redacted(call, 'secretFields'))).toEqual({
      ...{ user: 'joe', api_key: '[redacted:secret]', password: '[redacted:secret]' },
      ...{ pin_code: '[redacted:secret]', n: [1] },
    });
    expect(redacted(JSON.stringify(call), 'secretFields')).not.toContain("it's");
    expect(redacted('https://x/y?a=1&access_token=abc&b=2', 'secretFields')).toBe(
      'https://x/y?a=1&access_token=[redacted:secret]&b=2',
    );
    expect(redacted('DB_PASSWORD=hunter2 PORT=1', 'secretFields')).toBe(
      'DB_PASSWORD=[redacted:secret] PORT=1',
    );
  });
});

describe('redacting a value', () => {
  test('reaches keys, errors, maps and function names, and keeps keys apart that become the same', () => {
    const value = {
      'joe@example.org': 1,
      'ann@example.org': 2,
      error: new Error('no joe@example.org'),
      map: new Map([[{ k: 1 }, 'joe@example.org']]),
    };
    expect(json(value)).toMatchObject({
      '[redacted:email]': 1,
      '[redacted:email] (2)': 2,
      error: { message: 'no [redacted:email]', stack: expect.not.stringContaining('joe@') as unknown },
      map: [[{ k: 1 }, '[redacted:email]']],
    });
  });

  test('shows no half of a secret where a text is cut, and no key in the path of a cut', () => {
    const head = 'x'.repeat(990);
    const state = { 'joe@example.org': { text: `${head} sk-${letters.repeat(20)} ${'y'.repeat(99_000)}` } };
    const { text, cuts } = serialize(state, 8 * KB, makeRedactor(REDACT_PATTERNS));
    expect(text).toContain(head);
    expect(text).not.toContain(letters.slice(0, 4));
    expect(text + JSON.stringify(cuts)).not.toContain('joe@');
    expect(cuts).toHaveLength(1);
  });

  test('shows no half of a secret where many texts, or long ones full of secrets, are cut', () => {
    const secret = 'alice.smithson@example.com';
    const many = {
      filler: Array.from({ length: 40 }, () => 'y'.repeat(900)),
      x: `${'z'.repeat(180)} ${secret}`,
    };
    const before = `sk-${'a'.repeat(7900)} `;
    const long = `${before}${'x'.repeat(8000 - before.length - 16)} ${secret} ${'r'.repeat(99_000)}`;
    for (const value of [{ ...many, x: many.x.padEnd(900, '.') }, long]) {
      const { text } = serialize(value, KB, makeRedactor(REDACT_PATTERNS));
      expect(text).not.toContain('alice');
    }
  });

  test('costs nothing where nothing is switched on: there is nothing to call', () => {
    expect(makeRedactor([])).toBeUndefined();
  });
});

/** Beginnings and parts of what is looked for: repeated, they make naive patterns start over at every character. */
const PIECES = [
  ...[
    'eyJ',
    '-',
    '.',
    'sk-',
    '@',
    '://',
    ':',
    'a',
    '1',
    ' ',
    '"',
    'password',
    'password=',
    '"password":',
    '\\"',
  ],
  ...[
    'authorization:',
    'Bearer ',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    '4111 ',
    '4111-',
    'SG.',
    '_',
    '\n',
  ],
];

test('a megabyte of anything is looked through in time', () => {
  const redactor = makeRedactor(REDACT_PATTERNS);
  const size = 1024 * KB;
  const startedAt = performance.now();
  for (const first of PIECES) {
    for (const text of [
      first.repeat(size / first.length),
      `${first}${'a'.repeat(size)} `,
      `${'a-'.repeat(size / 2)}${first}`,
    ]) {
      redactor?.text(text);
    }
    redactor?.text(`${first}eyJ`.repeat(size / (first.length + 3)));
  }
  // Quadratic time would be hours.
  expect(performance.now() - startedAt).toBeLessThan(300_000);
});
