import { type IncomingHttpHeaders } from 'node:http';

/** The API key of a request: `X-API-Key`, else `Authorization: Bearer`; null where neither is sent. */
export function sentApiKey(headers: IncomingHttpHeaders): string | null {
  const header = headers['x-api-key'];
  if (header !== undefined) return Array.isArray(header) ? (header[0] ?? '') : header;
  if (headers.authorization === undefined) return null;
  return /^Bearer +(\S+)$/i.exec(headers.authorization)?.[1] ?? '';
}
