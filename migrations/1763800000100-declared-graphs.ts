import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Graphs as their applications declare them, one row per version. */
export class DeclaredGraphs1763800000100 implements MigrationInterface {
  readonly name = 'DeclaredGraphs1763800000100';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE declared_graphs (
        project_id uuid NOT NULL,
        name text NOT NULL,
        version_hash text NOT NULL,
        nodes json NOT NULL,
        edges json NOT NULL,
        node_count integer NOT NULL,
        edge_count integer NOT NULL,
        signed boolean NOT NULL,
        first_seen_at timestamptz NOT NULL,
        last_seen_at timestamptz NOT NULL,
        PRIMARY KEY (project_id, name, version_hash)
      )`);
    await queryRunner.query(
      'CREATE INDEX declared_graphs_last_seen ON declared_graphs (project_id, last_seen_at, name, version_hash)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE declared_graphs');
  }
}
