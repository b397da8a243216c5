import { Inject, Injectable } from '@nestjs/common';
import { createHash, timingSafeEqual } from 'node:crypto';
import { SETTINGS } from '../../config/settings.module.ts';
import { type Settings } from '../../config/settings.ts';
import { DomainError } from '../../kernel/domain-error.ts';

/** What decides who may read metrics. */
export interface MetricsRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Address of the other end of the connection, not what a proxy says. */
  readonly remoteAddress: string | undefined;
}

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;
/** What this machine is called on it. Another name comes through a proxy, or from a page that let its own point here. */
const LOOPBACK_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;
/** A proxy on this machine speaks for others. */
const FORWARDING = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via',
];

/**
 * Metrics are for who has STUDIO_METRICS_TOKEN; where none is set, for this machine alone. A proxy on it that adds nothing
 * to a request and gives it our own name as its host cannot be told from this machine: behind one, set the token.
 */
@Injectable()
export class MetricsAccess {
  private readonly token: string | null;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.token = settings.metricsToken;
  }

  /** @throws DomainError `unauthenticated` without the token, `forbidden` from elsewhere */
  check({ headers, remoteAddress }: MetricsRequest): void {
    if (this.token !== null) {
      const [scheme = '', token = ''] = String(headers['authorization'] ?? '').split(' ');
      if (scheme.toLowerCase() === 'bearer' && isSame(token, this.token)) return;
      throw new DomainError('unauthenticated', 'The metrics token is missing or wrong');
    }
    const isForwarded = FORWARDING.some((name) => headers[name] !== undefined);
    const isForHere = LOOPBACK_HOST.test(String(headers['host'] ?? ''));
    if (!isForwarded && isForHere && LOOPBACK.test(remoteAddress ?? '')) return;
    throw new DomainError('forbidden', 'Without STUDIO_METRICS_TOKEN metrics are given on loopback only');
  }
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
