import { ENTRY_MAX_BYTES, verifyFields } from 'swisper-studio/contract';
import { isUuid, NIL_UUID } from '../../kernel/uuid.ts';
import type { EntryOrigin } from '../decoding/entry-decoder.ts';
import type { RefusalReason } from '../decoding/refusal.ts';
import { namedProjectOf } from '../decoding/single-entry-decoder.ts';
import { receivedMsOf, type StreamEntry } from '../reading/stream-reader.ts';

/** What admission asks of a project. */
export interface AdmittingProject {
  readonly requireSignature: boolean;
  /** Redis time of the first entry with a valid signature. */
  readonly signedSince: Date | null;
}

export interface AdmittingKey {
  readonly projectId: string;
  readonly signingKey: Buffer;
  readonly revokedAt: Date | null;
  readonly expiresAt: Date | null;
}

/** Where projects and keys are looked up; unknown ones in the database. */
export interface AdmissionDirectory {
  find(projectId: string): Promise<AdmittingProject | null>;
  findSigningKey(keyId: string): Promise<AdmittingKey | null>;
}

export interface ServerSigningKey {
  /** `key_id` of entries the server wrote itself. */
  readonly keyId: string;
  signingKey(): Promise<Buffer>;
}

/** As `createApiKey` makes them. Anything else no key has, and the database may not even be asked for it (NUL). */
const API_KEY_ID = /^[0-9a-f]{16}$/;

export type Admission =
  | (EntryOrigin & { ok: true; isSigned: boolean })
  | { ok: false; projectId: string; reason: RefusalReason; detail: string };

/** Signatures first seen in the batch at hand, not committed yet: project → Redis time in ms. */
export type FirstSignatures = Map<string, number>;

/** Decides whose an entry is and whether it may be stored. */
export class EntryAdmission {
  private readonly directory: AdmissionDirectory;
  private readonly serverKey: ServerSigningKey;
  private readonly streamName: string;
  /** First signatures of batches under way, which the directory does not know yet: project → Redis time in ms. */
  private readonly pending = new Map<string, number>();

  constructor(directory: AdmissionDirectory, serverKey: ServerSigningKey, streamName: string) {
    this.directory = directory;
    this.serverKey = serverKey;
    this.streamName = streamName;
  }

  /** @param firstSignatures of the same batch; a new one is added */
  async admit(entry: StreamEntry, firstSignatures: FirstSignatures): Promise<Admission> {
    if (entry.bytes > ENTRY_MAX_BYTES && !entry.fields.has('project_id'))
      return refused('oversize', `${String(entry.bytes)} bytes`);
    const named = namedProjectOf(entry);
    if (named === null) return refused('missing_project', 'The entry names no project');
    const project = isUuid(named) ? await this.directory.find(named.toLowerCase()) : null;
    if (project === null) return refused('unknown_project', named.slice(0, 200));
    const projectId = named.toLowerCase();
    if (project.signedSince !== null) this.pending.delete(projectId);
    const admission = await this.judge(entry, projectId, withFirst(project, this.pending.get(projectId)));
    if (admission.ok && admission.isSigned && !admission.isFromServer && project.signedSince === null) {
      this.noteFirst(projectId, entry, firstSignatures);
    }
    if (admission.ok && entry.bytes > ENTRY_MAX_BYTES) {
      return { ok: false, projectId, reason: 'oversize', detail: `${String(entry.bytes)} bytes` };
    }
    return admission;
  }

  private noteFirst(projectId: string, entry: StreamEntry, firstSignatures: FirstSignatures): void {
    const atMs = receivedMsOf(entry.id);
    firstSignatures.set(projectId, Math.min(atMs, firstSignatures.get(projectId) ?? atMs));
    this.pending.set(projectId, Math.min(atMs, this.pending.get(projectId) ?? atMs));
  }

  private async judge(entry: StreamEntry, projectId: string, project: AdmittingProject): Promise<Admission> {
    if (!entry.fields.has('sig') && !entry.fields.has('key_id'))
      return judgeUnsigned(entry, projectId, project);
    const keyId = entry.fields.get('key_id')?.toString('utf8') ?? '';
    if (keyId === this.serverKey.keyId) return this.judgeOwn(entry, projectId);
    const key = API_KEY_ID.test(keyId) ? await this.directory.findSigningKey(keyId) : null;
    if (key === null) return refused('unknown_key', keyId.slice(0, 200));
    if (!verifyFields(this.streamName, entry.fields, key.signingKey)) {
      return refused('bad_signature', `key ${keyId}`);
    }
    if (key.projectId.toLowerCase() !== projectId) return refused('foreign_key', `key ${keyId}`);
    const atMs = receivedMsOf(entry.id);
    if (key.revokedAt !== null && key.revokedAt.getTime() <= atMs)
      return refused('revoked_key', `key ${keyId}`);
    if (key.expiresAt !== null && key.expiresAt.getTime() <= atMs)
      return refused('expired_key', `key ${keyId}`);
    return { ok: true, projectId, isFromServer: false, isSigned: true };
  }

  /** What came in over HTTP was authenticated there. It says nothing about how the project's SDKs sign. */
  private async judgeOwn(entry: StreamEntry, projectId: string): Promise<Admission> {
    const isOwn = verifyFields(this.streamName, entry.fields, await this.serverKey.signingKey());
    if (!isOwn) return refused('bad_signature', `key ${this.serverKey.keyId}`);
    return { ok: true, projectId, isFromServer: true, isSigned: true };
  }
}

/** Judged at the entry's own time, so that what was sent before the first signature is not condemned by it. */
function judgeUnsigned(entry: StreamEntry, projectId: string, project: AdmittingProject): Admission {
  const { requireSignature, signedSince } = project;
  const wasRequired = signedSince === null || receivedMsOf(entry.id) >= signedSince.getTime();
  if (requireSignature && wasRequired) return refused('unsigned', `project ${projectId}`);
  return { ok: true, projectId, isFromServer: false, isSigned: false };
}

function withFirst(project: AdmittingProject, firstMs: number | undefined): AdmittingProject {
  return firstMs === undefined ? project : { requireSignature: true, signedSince: new Date(firstMs) };
}

/** Nothing about the entry is verified, so nobody but the instance's admins may see it. */
function refused(reason: RefusalReason, detail: string): Admission {
  return { ok: false, projectId: NIL_UUID, reason, detail };
}
