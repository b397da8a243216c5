import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from 'typeorm';
import { Project } from './project.entity.ts';

/** A program's credential for one project. The secret is shown once and not kept. */
@Entity('api_keys')
@Unique('uq_api_keys_key_id', ['keyId'])
export class ApiKey {
  @PrimaryColumn('uuid') id!: string;
  @Index('idx_api_keys_project_id')
  @Column('uuid', { name: 'project_id' })
  projectId!: string;
  @ManyToOne(() => Project, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'project_id', foreignKeyConstraintName: 'fk_api_keys_project' })
  project!: Project;
  /** The public half, as in a signed entry's `key_id`. */
  @Column('text', { name: 'key_id' }) keyId!: string;
  @Column('text') name!: string;
  @Column('text') prefix!: string;
  /** SHA-256 of the whole key. */
  @Column('bytea', { name: 'secret_hash' }) secretHash!: Buffer;
  @Column('bytea', { name: 'signing_key' }) signingKey!: Buffer;
  @Column('text', { array: true }) scopes!: string[];
  @Column('text', { name: 'created_by', nullable: true }) createdBy!: string | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'last_used_at', nullable: true }) lastUsedAt!: Date | null;
  @Column('timestamptz', { name: 'expires_at', nullable: true }) expiresAt!: Date | null;
  @Column('timestamptz', { name: 'revoked_at', nullable: true }) revokedAt!: Date | null;
}
