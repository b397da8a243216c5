/** Why an entry or event was refused, as `dead_letters.reason` holds it. */
export type RefusalReason =
  | 'missing_project'
  | 'unknown_project'
  | 'unsigned'
  | 'bad_signature'
  | 'foreign_key'
  | 'unknown_key'
  | 'revoked_key'
  | 'expired_key'
  | 'unknown_version'
  | 'unknown_encoding'
  | 'bad_lengths'
  | 'invalid_header'
  | 'oversize'
  | 'unknown_event_type'
  | 'bad_id'
  | 'bad_time'
  | 'invalid_utf8'
  | 'invalid_json'
  | 'too_deep'
  | 'data_error'
  | 'decoder_failed'
  /** The process died each time it tried the entry alone. */
  | 'crash_loop';

/** Thrown while decoding and caught at its border; becomes a dead letter. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}
