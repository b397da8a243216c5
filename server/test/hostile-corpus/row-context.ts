/** A project of the corpus, with the key its entries may be signed with. */
export interface CorpusProject {
  readonly id: string;
  readonly keyId: string;
  readonly apiKey: string;
}

/** What a row is made with. Everything but the projects is the row's own. */
export interface RowContext {
  /** Unsigned; the row's own project unless it says otherwise. */
  readonly project: CorpusProject;
  /** Has had a valid signature. */
  readonly signed: CorpusProject;
  readonly foreign: CorpusProject;
  /** Its key was revoked an hour ago, that of the next expired then; those of `lasting` do so in an hour. */
  readonly revoked: CorpusProject;
  readonly expired: CorpusProject;
  readonly lasting: CorpusProject;
  readonly deleted: CorpusProject;
  readonly stream: string;
  /** A UUID. */
  readonly trace: string;
  /** Stands in `session_id` of traces and `model` of observations: finds the row when its ids are what is hostile. */
  readonly tag: string;
  readonly instance: string;
  readonly nowMs: number;
}

export const iso = (ms: number): string => new Date(ms).toISOString();
