import { Unaudited } from '@gatehouse/platform/audit';
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { ProductImportEntity } from './product-import.entity.js';

/** A piece of a file that was sent, where every worker can read it. */
@Entity('product_import_chunks')
@Unaudited('pieces of an upload, which go when it has been read')
export class ProductImportChunkEntity {
  @PrimaryColumn('uuid')
  importId!: string;

  /** From 0, without gaps. */
  @PrimaryColumn('integer')
  number!: number;

  @Column('bytea')
  content!: Buffer;

  @ManyToOne(() => ProductImportEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'import_id', foreignKeyConstraintName: 'product_import_chunk_of_import' })
  import!: Relation<ProductImportEntity>;
}
