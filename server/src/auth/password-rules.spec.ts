import { expect, test } from '@jest/globals';
import { passwordProblem } from './password-rules.ts';

test.each([
  ['short', 'must have at least 12 characters'],
  ['elevenchars', 'must have at least 12 characters'],
  ['\u{1F600}\u{1F601}\u{1F602}\u{1F603}', 'must have at least 12 characters'],
  ['x'.repeat(257), 'must have at most 256 characters'],
  ['PasswordPassword', 'is one of the most common passwords; choose another'],
  ['aaaaaaaaaaaaaaab', 'must have more than three different characters'],
  ['my-Anna@Example.com', 'must not contain the e-mail address'],
])('refuses %p', (password, problem) => {
  expect(passwordProblem(password, 'anna@example.com')).toBe(problem);
});

test('accepts a long one that is none of these', () => {
  expect(passwordProblem('correct-horse-battery', 'anna@example.com')).toBeNull();
});
