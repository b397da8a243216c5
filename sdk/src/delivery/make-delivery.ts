import { deriveSigningKey, type EntrySigner, parseApiKey } from '../contract/index.ts';
import { Delivery } from './delivery.ts';
import { type EventBuffer } from './event-buffer.ts';
import { HeartbeatStream } from '../connection/heartbeat-stream.ts';
import { type HttpEntryWire, HttpTransport } from './http-transport.ts';
import { type ResolvedOptions } from '../options.ts';
import { type StreamEntryWire, StreamTransport } from './stream-transport.ts';
import { type TracingSwitch } from '../connection/tracing-switch.ts';

function signerOf({ apiKey, streamName }: ResolvedOptions): EntrySigner | undefined {
  const keyId = apiKey === undefined ? undefined : parseApiKey(apiKey)?.keyId;
  if (apiKey === undefined || keyId === undefined) return undefined;
  return { keyId, streamName, signingKey: deriveSigningKey(apiKey) };
}

export type AnyDelivery = Delivery<StreamEntryWire> | Delivery<HttpEntryWire>;

/** How what was recorded leaves the process. */
export interface WaysOut {
  delivery: AnyDelivery;
  /** Heartbeats' way where no server is to be reached. */
  heartbeatStream: HeartbeatStream | undefined;
}

/** Through Redis where a `redisUrl` is given, else over HTTP where `apiUrl` and `apiKey` are; undefined: no way. */
export function makeDelivery(
  options: ResolvedOptions,
  { buffer, tracingSwitch }: { buffer: EventBuffer; tracingSwitch: TracingSwitch },
): WaysOut | undefined {
  const { redisUrl, apiUrl, apiKey, projectId, streamName, maxStreamLength, logger } = options;
  const configVersion = (): number => tracingSwitch.version;
  if (redisUrl !== undefined) {
    const signer = signerOf(options);
    const transport = new StreamTransport(
      { redisUrl, streamName, maxStreamLength, projectId, logger, signer },
      tracingSwitch,
    );
    const { link } = transport;
    const heartbeatStream = new HeartbeatStream({
      streamName,
      signer,
      client: () => link.ready,
      refused: (reason) => link.refused(reason),
    });
    return { delivery: new Delivery(transport, buffer, configVersion), heartbeatStream };
  }
  if (apiUrl === undefined || apiKey === undefined || projectId === undefined) return undefined;
  const transport = new HttpTransport({ apiUrl, apiKey, projectId, logger }, tracingSwitch);
  return { delivery: new Delivery(transport, buffer, configVersion), heartbeatStream: undefined };
}
