import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { asNumber, asTexts, type Row, rowsOf } from '../../database/sql-rows.ts';
import { decodeCursor, DEFAULT_PAGE_SIZE, pageOf } from '../../http/page.ts';
import { DomainError, invalidField } from '../../kernel/domain-error.ts';
import { isRecord } from '../../kernel/is-record.ts';
import { formatTime, parseTime } from '../merging/event-time.ts';
import { storableText } from '../merging/observed-text.ts';
import { shortTime, timeText } from '../reading/times-sql.ts';
import type {
  GraphAnswer,
  GraphEdgeAnswer,
  GraphListQuery,
  GraphVersionAnswer,
  GraphVersionPage,
} from './graph-dto.ts';

const COLUMNS = `project_id, name, version_hash, node_count, edge_count,
  ${timeText('first_seen_at')} AS first_seen_at, ${timeText('last_seen_at')} AS last_seen_at`;

const NEWEST_FIRST = 'ORDER BY declared_graphs.last_seen_at DESC, name DESC, version_hash DESC';

const LIST = `
  SELECT ${COLUMNS} FROM declared_graphs
  WHERE project_id = $1 AND ($2::text IS NULL OR name = $2)
    AND ($3::timestamptz IS NULL OR (declared_graphs.last_seen_at, name, version_hash) < ($3, $4::text, $5::text))
  ${NEWEST_FIRST} LIMIT $6`;

const ONE = `
  SELECT ${COLUMNS}, nodes, edges FROM declared_graphs
  WHERE project_id = $1 AND name = $2 AND ($3::text IS NULL OR version_hash = $3)
  ${NEWEST_FIRST} LIMIT 1`;

/** Reads what graphs declare. */
@Injectable()
export class GraphReader {
  private readonly dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.dataSource = dataSource;
  }

  /** One page of versions without their content, the one that was declared last first. */
  async list(projectId: string, { name, limit, cursor }: GraphListQuery): Promise<GraphVersionPage> {
    const size = limit ?? DEFAULT_PAGE_SIZE;
    const wanted = name === undefined ? null : storableText(name);
    const parameters = [projectId, wanted, ...positionOf(cursor), size + 1];
    const rows = rowsOf(await this.dataSource.query(LIST, parameters));
    const page = pageOf(rows, size, (row) =>
      ['last_seen_at', 'name', 'version_hash'].map((column) => String(row[column])),
    );
    return { items: page.items.map(versionAnswer), next_cursor: page.next_cursor };
  }

  /**
   * @param versionHash undefined: the version that was declared last
   * @throws DomainError `not_found`
   */
  async get(projectId: string, name: string, versionHash: string | undefined): Promise<GraphAnswer> {
    const version = versionHash === undefined ? null : storableText(versionHash);
    const [row] = rowsOf(await this.dataSource.query(ONE, [projectId, storableText(name), version]));
    if (row === undefined) throw new DomainError('not_found', 'Graph not found');
    const edges: unknown = row['edges'];
    return {
      ...versionAnswer(row),
      nodes: asTexts(row['nodes']),
      edges: Array.isArray(edges) ? edges.filter(isRecord).map(edgeAnswer) : [],
    };
  }
}

/** Where a cursor of time, name and version points to; nulls without one. */
function positionOf(cursor: string | undefined): (string | null)[] {
  const [lastSeen, name = '', version = ''] = decodeCursor(cursor, 3) ?? [];
  if (lastSeen === undefined) return [null, null, null];
  const time = parseTime(lastSeen);
  if (time === null) throw invalidField('cursor', 'must be the next_cursor of an earlier page');
  return [formatTime(time), storableText(name), storableText(version)];
}

function versionAnswer(row: Row): GraphVersionAnswer {
  return {
    project_id: String(row['project_id']),
    name: String(row['name']),
    version_hash: String(row['version_hash']),
    node_count: asNumber(row['node_count']),
    edge_count: asNumber(row['edge_count']),
    first_seen_at: shortTime(String(row['first_seen_at'])),
    last_seen_at: shortTime(String(row['last_seen_at'])),
  };
}

function edgeAnswer(edge: Readonly<Record<string, unknown>>): GraphEdgeAnswer {
  return {
    source: String(edge['source']),
    target: String(edge['target']),
    conditional: edge['conditional'] === true,
  };
}
