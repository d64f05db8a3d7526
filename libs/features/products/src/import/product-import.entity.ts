import { Unaudited } from '@gatehouse/platform/audit';
import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What is wrong with one row of a file. */
export interface RowError {
  /** Of the file, from 1; where the row begins. */
  readonly line: number;
  /** Empty where the row as a whole is wrong. */
  readonly field: string;
  readonly message: string;
}

/** A file of products that somebody sent: its content lies in {@link ProductImportChunkEntity} until it is worked off. */
@Entity('product_imports')
@Unaudited('it is the job of who uploaded it; what it brings in are entries of their own')
@Check('product_import_has_state', "state IN ('arriving', 'waiting', 'done', 'refused')")
@Check('product_import_has_format', "format IN ('csv', 'ndjson')")
@Index('product_imports_by_creation', ['createdAt'])
export class ProductImportEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  userId!: string;

  @Column('text')
  format!: 'csv' | 'ndjson';

  @Column('text')
  state!: 'arriving' | 'waiting' | 'done' | 'refused';

  @Column('uuid', { nullable: true })
  jobId!: string | null;

  @Column('integer')
  bytes!: number;

  /** Known once it is done or refused. */
  @Column('integer', { nullable: true })
  rows!: number | null;

  @Column('integer', { default: 0 })
  errorCount!: number;

  /** The first of them. */
  @Column('jsonb', { default: [] })
  errors!: RowError[];

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  endedAt!: Date | null;
}
