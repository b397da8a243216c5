/** Where the consumer's records go: fields first, then a constant message. */
export interface ConsumerLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
