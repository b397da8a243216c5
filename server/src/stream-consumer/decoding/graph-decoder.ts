import { JSON_MAX_DEPTH } from 'swisper-studio/contract';
import { isRecord } from '../../kernel/is-record.ts';
import {
  cleanText,
  GRAPH_LIMITS,
  type GraphEdge,
  type GraphEvent,
  isObservedId,
  isValueDeeperThan,
  storableText,
  TEXT_MAX_CHARS,
} from '../../traces/index.ts';
import type { RawEvent } from './event-decoder.ts';
import type { EventSource } from './header-reader.ts';
import { Refusal } from './refusal.ts';

/** What nodes and edges of one version take at most as JSON. */
const GRAPH_MAX_CHARS = 1_048_576;

/** Whether the event is about a graph as it is declared, and so of no trace. */
export const isGraphEvent = ({ header }: Pick<RawEvent, 'header'>): boolean =>
  header['event_type'] === 'graph';

/**
 * What a `graph` event declares. Its own time means nothing: versions are seen when Redis has them.
 * @throws Refusal naming what cannot be stored
 */
export function decodeGraph({ header }: RawEvent, source: EventSource): GraphEvent {
  if (isValueDeeperThan(header, JSON_MAX_DEPTH)) throw new Refusal('too_deep', 'the event nests too deep');
  const name = textIn(header['name'], 'name');
  const nodes = listIn(header['nodes'], 'nodes').map((node) => textIn(node, 'a node'));
  const edges = listIn(header['edges'], 'edges').map(edgeIn);
  if (JSON.stringify([nodes, edges]).length > GRAPH_MAX_CHARS)
    throw new Refusal('oversize', 'the graph is larger than 1 MB');
  return {
    projectId: source.projectId,
    isSigned: source.isSigned,
    receivedMs: source.receivedMs,
    name,
    versionHash: hashIn(header['version_hash']),
    nodes,
    edges,
  };
}

function textIn(sent: unknown, what: string): string {
  if (typeof sent !== 'string' || sent === '') throw new Refusal('invalid_header', `${what} is no text`);
  return cleanText(sent, TEXT_MAX_CHARS.name).text;
}

function listIn(sent: unknown, what: 'nodes' | 'edges'): readonly unknown[] {
  if (!Array.isArray(sent)) throw new Refusal('invalid_header', `${what} is no list`);
  const most = GRAPH_LIMITS[what];
  if (sent.length > most) throw new Refusal('oversize', `the graph has more than ${String(most)} ${what}`);
  return sent;
}

function edgeIn(sent: unknown): GraphEdge {
  if (!isRecord(sent)) throw new Refusal('invalid_header', 'an edge is no object');
  const { source, target, conditional } = sent;
  return {
    source: textIn(source, 'the source of an edge'),
    target: textIn(target, 'the target of an edge'),
    conditional: conditional === true,
  };
}

function hashIn(sent: unknown): string {
  const text = typeof sent === 'string' ? storableText(sent) : '';
  if (!isObservedId(text)) throw new Refusal('bad_id', 'version_hash is not 1 to 200 printable characters');
  return text;
}
