import { invalidField } from '../kernel/domain-error.ts';

export const MIN_PASSWORD_CHARS = 12;
export const MAX_PASSWORD_CHARS = 256;

/** Long enough and still among the first an attacker tries. Compared in lower case. */
const COMMON = new Set([
  '123456789012',
  '1234567890123',
  '12345678901234',
  '123456123456',
  '123123123123',
  '1q2w3e4r5t6y',
  '1qaz2wsx3edc',
  'qwertyuiop12',
  'qwertyuiop123',
  'qwertyuiopasdf',
  'qwerty123456',
  'asdfghjkl123',
  'password1234',
  'password12345',
  'password123456',
  'passwordpassword',
  'adminadminadmin',
  'administrator',
  'administrator1',
  'iloveyou1234',
  'letmeinletmein',
  'welcome12345',
  'changeme1234',
  'changemechangeme',
  'swisperstudio',
  'swisper-studio',
  'swisperstudio1',
  'swisperstudio123',
]);

/** Why this is no password for an account, or null when it is one. */
export function passwordProblem(password: string, email: string): string | null {
  const lower = password.toLowerCase();
  if ([...password].length < MIN_PASSWORD_CHARS) return `must have at least ${MIN_PASSWORD_CHARS} characters`;
  if (password.length > MAX_PASSWORD_CHARS) return `must have at most ${MAX_PASSWORD_CHARS} characters`;
  if (COMMON.has(lower)) return 'is one of the most common passwords; choose another';
  if (new Set(lower).size < 4) return 'must have more than three different characters';
  if (lower.includes(email.toLowerCase())) return 'must not contain the e-mail address';
  return null;
}

/** @throws DomainError `invalid` naming `password` */
export function requireGoodPassword(password: string, email: string): void {
  const problem = passwordProblem(password, email);
  if (problem !== null) throw invalidField('password', problem);
}
