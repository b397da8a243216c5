import { expect, test } from '@jest/globals';
import { isDataError, isWorthSplitting, reasonOfDataError, sqlStateOf } from './data-error.ts';

const databaseError = (code: string): Error =>
  Object.assign(new Error('database'), { driverError: Object.assign(new Error(code), { code }) });

test.each([
  ['22P02', true, true],
  ['23502', true, true],
  ['21000', true, true],
  ['54000', true, true],
  ['57014', false, true],
  ['40P01', false, false],
  ['53300', false, false],
  ['57P01', false, false],
  ['42P01', false, false],
  ['08006', false, false],
  ['XX000', false, false],
])('SQLSTATE %s: the data are at fault %p, storing less may help %p', (code, isData, isSplitting) => {
  expect(isDataError(databaseError(code))).toBe(isData);
  expect(isWorthSplitting(databaseError(code))).toBe(isSplitting);
});

test('what is not from the database is never the fault of the data', () => {
  for (const error of [
    new Error('x'),
    Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    'text',
    null,
    new TypeError('x'),
  ]) {
    expect(sqlStateOf(error)).toBeNull();
    expect(isDataError(error)).toBe(false);
  }
});

test('a refused event says what was wrong with it', () => {
  expect(reasonOfDataError(databaseError('22021'))).toBe('invalid_utf8');
  expect(reasonOfDataError(databaseError('54001'))).toBe('too_deep');
  expect(reasonOfDataError(databaseError('54000'))).toBe('data_error');
});
