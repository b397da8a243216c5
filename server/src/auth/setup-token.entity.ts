import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The one-time link that makes the first account; the database holds only its SHA-256. */
@Entity('setup_tokens')
export class SetupToken {
  @PrimaryColumn('bytea', { name: 'token_hash' }) tokenHash!: Buffer;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
  @Column('timestamptz', { name: 'used_at', nullable: true }) usedAt!: Date | null;
}
