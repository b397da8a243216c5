export interface OriginHeaders {
  method: string;
  host: string | undefined;
  origin: string | undefined;
  secFetchSite: string | undefined;
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request that may carry a session cookie comes from our own pages. Browsers say where a request comes from
 * (`Sec-Fetch-Site`, `Origin`) and pages cannot change that; programs without a browser say nothing and have no cookie
 * of a victim to abuse.
 */
export function isFromOwnOrigin(headers: OriginHeaders, publicUrl: string): boolean {
  if (READING.has(headers.method)) return true;
  if (headers.secFetchSite !== undefined) {
    return headers.secFetchSite === 'same-origin' || headers.secFetchSite === 'none';
  }
  if (headers.origin === undefined) return true;
  if (!URL.canParse(headers.origin)) return false;
  const origin = new URL(headers.origin);
  return origin.origin === new URL(publicUrl).origin || origin.host === headers.host;
}
