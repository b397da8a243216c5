import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** A person who may sign in to the console. Never the `user_id` of observed data. */
@Entity('users')
@Unique('uq_users_email', ['email'])
export class User {
  @PrimaryColumn('uuid') id!: string;
  /** Lower case. */
  @Column('text') email!: string;
  @Column('text') name!: string;
  /** argon2id, PHC string. */
  @Column('text', { name: 'password_hash' }) passwordHash!: string;
  @Column('text', { default: 'admin' }) role!: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' }) updatedAt!: Date;
}
