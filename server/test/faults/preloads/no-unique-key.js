// Preloaded into the server: it stores every row as a new one, and takes every entry for one it has not seen. For a
// database whose unique keys were dropped. The mistake the checker must find.
import pg from 'pg';

const MERGED_TABLE = /\b(traces|observations|observation_payloads)\b/;
const CONFLICT = /\bON CONFLICT\b/i;

/** The statement without its ON CONFLICT clause, which ends with the statement, its RETURNING or the bracket around it. */
function withoutConflict(sql) {
  const start = sql.search(CONFLICT);
  if (start < 0 || !MERGED_TABLE.test(sql.slice(sql.lastIndexOf('INSERT INTO', start), start))) return sql;
  let depth = 0;
  let end = start;
  for (; end < sql.length && depth >= 0; end++) {
    if (sql[end] === '(') depth++;
    if (sql[end] === ')') depth--;
    if (depth === 0 && /^\bRETURNING\b/i.test(sql.slice(end, end + 10))) break;
    if (depth < 0) break;
  }
  return sql.slice(0, start) + withoutConflict(sql.slice(end));
}

const KNOWN_ENTRIES = /\bprogress\.seen @>/;

/** The question which entries were stored before finds none. */
const forgetful = (sql) => (KNOWN_ENTRIES.test(sql) ? `SELECT * FROM (${sql}) AS known WHERE false` : sql);

const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (config, ...rest) {
  if (typeof config === 'string') return query.call(this, forgetful(withoutConflict(config)), ...rest);
  if (typeof config?.text === 'string') config.text = forgetful(withoutConflict(config.text));
  return query.call(this, config, ...rest);
};
