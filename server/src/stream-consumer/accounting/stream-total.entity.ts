import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Sums of the lives of a stream that are no longer kept one by one, in entries. */
@Entity('stream_totals')
export class StreamTotal {
  @PrimaryColumn('text') stream!: string;
  @Column('bigint') added!: string;
  @Column('bigint') acked!: string;
  @Column('bigint') lost!: string;
}
