import { ExitHooks, type Stoppable } from './exit-hooks.ts';
import { sdkState } from './sdk-state.ts';

/**
 * Every SDK of this version in this process (or worker thread) that is not closed yet: the active one, and those it replaced,
 * which still send what they hold. One set of listeners of the process serves them all.
 */
export class OpenSdks implements Stoppable {
  private readonly sdks = new Set<Stoppable>();
  private readonly exitHooks = new ExitHooks(this);

  add(sdk: Stoppable): void {
    if (this.sdks.size === 0) this.exitHooks.install();
    this.sdks.add(sdk);
  }

  remove(sdk: Stoppable): void {
    this.sdks.delete(sdk);
    if (this.sdks.size === 0) this.exitHooks.remove();
  }

  get isBusy(): boolean {
    return [...this.sdks].some((sdk) => sdk.isBusy);
  }

  /** Whether the process ends with this turn of the event loop, unless the application goes on. */
  get isEnding(): boolean {
    return this.exitHooks.isEnding;
  }

  /** Whether each of them sent everything in time. Never rejects. */
  async flush(timeoutMs: number): Promise<boolean> {
    const flushed = await Promise.all([...this.sdks].map((sdk) => sdk.flush(timeoutMs)));
    return flushed.every(Boolean);
  }

  async shutdown(timeoutMs: number): Promise<void> {
    await Promise.all([...this.sdks].map((sdk) => sdk.shutdown(timeoutMs)));
  }

  async rest(timeoutMs: number): Promise<void> {
    const busy = [...this.sdks].filter((sdk) => sdk.isBusy);
    await Promise.all(busy.map((sdk) => sdk.rest(timeoutMs)));
  }

  leave(): void {
    for (const sdk of this.sdks) sdk.leave();
  }
}

/** Those of this version in this process, whichever of its builds are loaded. */
export const openSdks = (): OpenSdks => (sdkState().open ??= new OpenSdks());
