import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { PageQuery } from '../../http/page.ts';
import { ProjectQuery } from '../reading/trace-query.ts';
import { GRAPH_LIMITS } from './graph-event.ts';

const NAME_MAX_CHARS = 1_000;

/** Which versions are listed. */
export class GraphListQuery extends PageQuery {
  @ApiPropertyOptional({ format: 'uuid', description: 'Required from a person; a key has its own project.' })
  @IsOptional()
  @IsString()
  project_id?: string;

  @ApiPropertyOptional({ description: 'Only versions of the graph of that name.' })
  @IsOptional()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  name?: string;
}

/** Which version of a graph is asked for. */
export class GraphVersionQuery extends ProjectQuery {
  @ApiPropertyOptional({ description: 'Default: the version that was declared last.' })
  @IsOptional()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  version_hash?: string;
}

export class GraphVersionAnswer {
  @ApiProperty({ format: 'uuid' }) project_id!: string;
  @ApiProperty({ description: 'Also the name of its runs.' }) name!: string;
  @ApiProperty({ description: 'Of nodes and edges, made by the application’s SDK.' }) version_hash!: string;
  @ApiProperty({ type: 'integer' }) node_count!: number;
  @ApiProperty({ type: 'integer' }) edge_count!: number;
  @ApiProperty({ format: 'date-time' }) first_seen_at!: string;
  @ApiProperty({ format: 'date-time', description: 'When a process last declared it: each does once.' })
  last_seen_at!: string;
}

export class GraphVersionPage {
  @ApiProperty({ type: [GraphVersionAnswer] }) items!: GraphVersionAnswer[];
  @ApiProperty({ type: String, nullable: true }) next_cursor!: string | null;
}

export class GraphEdgeAnswer {
  @ApiProperty() source!: string;
  @ApiProperty() target!: string;
  @ApiProperty({ description: 'Whether the graph may also go another way.' }) conditional!: boolean;
}

export class GraphAnswer extends GraphVersionAnswer {
  @ApiProperty({
    type: [String],
    maxItems: GRAPH_LIMITS.nodes,
    description: '`__start__` and `__end__` are the graph’s ends; nodes of a subgraph are `node:inner`.',
  })
  nodes!: string[];

  @ApiProperty({ type: [GraphEdgeAnswer], maxItems: GRAPH_LIMITS.edges }) edges!: GraphEdgeAnswer[];
}
