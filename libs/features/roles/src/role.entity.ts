import { Audited } from '@gatehouse/platform/audit';
import { Check, Column, Entity, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { RolePermissionEntity } from './role-permission.entity.js';

@Entity('roles')
@Check('roles_well_named', "name ~ '^[a-z][a-z0-9-]{1,39}$'")
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
