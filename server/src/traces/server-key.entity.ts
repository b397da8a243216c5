import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A secret the server made for itself, shared by all replicas: the key that signs HTTP ingest. */
@Entity('server_keys')
export class ServerKey {
  @PrimaryColumn('text') name!: string;
  @Column('bytea') secret!: Buffer;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}
