import { Audited } from '@gatehouse/platform/audit';
import { Column, Entity, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { RolePermissionEntity } from './role-permission.entity.js';

@Entity('roles')
@Audited({ resource: 'role', id: 'name' })
export class RoleEntity {
  @PrimaryColumn('text')
  name!: string;

  @Column('text')
  description!: string;

  /** Named by the code or the documentation, and so never deleted. */
  @Column('boolean', { default: false })
  isSystem!: boolean;

  @OneToMany(
    () => RolePermissionEntity,
    (permission) => permission.role,
  )
  permissions!: Relation<RolePermissionEntity>[];
}
