/** A payload that was serialised before: the state after one step is the state before the next. */
export class JsonText {
  readonly text: string;
  /** UTF-8 bytes of `text`. */
  readonly bytes: number;
  readonly cuts: readonly { path: string; bytes: number | null }[];

  constructor({
    text,
    bytes,
    cuts,
  }: {
    text: string;
    bytes: number;
    cuts: readonly { path: string; bytes: number | null }[];
  }) {
    this.text = text;
    this.bytes = bytes;
    this.cuts = cuts;
  }
}
