import { isObject } from '../field-of.ts';
import { parseObject } from './json-object.ts';

/**
 * Whether new traces may start. Knows nothing at first and is on then; keeps the last known value when told nothing;
 * follows only higher versions, so that a late message cannot undo a newer one.
 */
export class TracingSwitch {
  private isOn = true;
  private streamFull = false;
  private streamMaxBytes: number | undefined;
  private knownVersion = 0;

  get enabled(): boolean {
    return this.isOn;
  }

  /** The server says the stream holds as much as it may: nothing is to be added. */
  get full(): boolean {
    return this.streamFull;
  }

  /** What the server lets the stream take, in bytes; undefined: it did not say. */
  get maxBytes(): number | undefined {
    return this.streamMaxBytes;
  }

  /** Version of the applied configuration; 0: none yet. */
  get version(): number {
    return this.knownVersion;
  }

  /** Values of the keys `…:config` and `…:enabled` as read from Redis; null: absent. */
  applyKeys(config: string | null, enabled: string | null): void {
    const parsed = config === null ? undefined : parseObject(config);
    if (parsed !== undefined) this.applyConfig(parsed);
    else if (this.knownVersion === 0 && (enabled === 'true' || enabled === 'false'))
      this.isOn = enabled === 'true';
  }

  /** The configuration `{version, enabled, full?, max_bytes?}` as Redis and `GET …/tracing` have it. */
  applyConfig(config: unknown): void {
    if (!isObject(config)) return;
    const { version, enabled, full, max_bytes: maxBytes } = config;
    if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < this.knownVersion) return;
    // How full the stream is, and may be, changes without a new version.
    if (typeof full === 'boolean') this.streamFull = full;
    if (typeof maxBytes === 'number' && maxBytes > 0) this.streamMaxBytes = maxBytes;
    if (version === this.knownVersion || typeof enabled !== 'boolean') return;
    this.knownVersion = version;
    this.isOn = enabled;
  }

  /** What a heartbeat or events sent over HTTP were answered. */
  applyAnswer(answer: unknown): void {
    if (!isObject(answer)) return;
    this.applyConfig({ version: answer['config_version'], enabled: answer['tracing_enabled'] });
  }

  /**
   * Whether a published change `{project_id, version}` may say something new about the project. The known version is told
   * again when something beside the switch has changed.
   */
  isNews(message: string, projectId: string): boolean {
    const change = parseObject(message);
    if (change?.['project_id'] !== projectId) return false;
    const version = change['version'];
    return typeof version !== 'number' || version >= this.knownVersion;
  }
}
