import { types } from 'node:util';
import { type PayloadKind } from '../contract/index.ts';
import { type SdkLogger, say } from '../log.ts';

/** What a mask is asked about: a payload, a graph's state (`input` or `state_after` of its nodes), or a header field. */
export type MaskedPart = PayloadKind | 'state' | 'status_message' | 'model_parameters' | (string & {});

/**
 * Hides what must not leave the process.
 * @param value plain JSON of its own: changing it changes nothing else
 * @param about which part of the event it is
 * @returns what is recorded instead; any value
 */
export type Mask = (value: unknown, about: { part: MaskedPart }) => unknown;

/** Why a value was left out, as its mark says. */
export type MaskFailure = 'mask_failed' | 'mask_async' | 'mask_empty';

export type Masked = { ok: true; value: unknown } | { ok: false; reason: MaskFailure };

const WARNINGS: Record<MaskFailure, string> = {
  mask_failed: 'the mask threw',
  mask_async: 'the mask returned a promise, but it must be synchronous',
  mask_empty: 'the mask returned nothing',
};

/** Stands for a mask that was given but cannot be used: nothing may pass then. */
export const refuseAll: Mask = () => {
  throw new TypeError('mask is not a function');
};

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}

/** Applies the application's mask; whatever the mask does, either its answer is recorded or nothing. */
export class Masker {
  private readonly mask: Mask;
  private readonly logger: SdkLogger;
  private readonly warned = new Set<MaskFailure>();
  private isRunning = false;

  constructor(mask: Mask, logger: SdkLogger) {
    this.mask = mask;
    this.logger = logger;
  }

  /** @param copy a value of which nobody else has a part */
  apply(copy: unknown, part: MaskedPart): Masked {
    // Traced code that a mask calls is not recorded, but an event that it publishes would be masked in turn, without end.
    if (this.isRunning) return this.refused('mask_failed');
    this.isRunning = true;
    try {
      const { mask } = this;
      return this.judged(mask(copy, { part }));
    } catch {
      return this.refused('mask_failed');
    } finally {
      this.isRunning = false;
    }
  }

  private judged(value: unknown): Masked {
    if (types.isPromise(value)) {
      // Nobody else holds it: its rejection would end the process.
      void Promise.prototype.then.call(value, undefined, () => undefined);
      return this.refused('mask_async');
    }
    if (isThenable(value)) return this.refused('mask_async');
    return value === undefined ? this.refused('mask_empty') : { ok: true, value };
  }

  /** One warning of each kind, without the error's text: it may quote what was to be hidden. */
  private refused(reason: MaskFailure): Masked {
    if (!this.warned.has(reason)) {
      this.warned.add(reason);
      const line = `⚠️ SwisperStudio: ${WARNINGS[reason]}; the value is left out, as are all others like it`;
      say(this.logger, { level: 'warn', lines: [line] });
    }
    return { ok: false, reason };
  }
}
