import { Audited } from '@gatehouse/platform/audit';
import { Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { RoleEntity } from './role.entity.js';

@Entity('role_permissions')
@Audited({ resource: 'role', id: 'role_name' })
export class RolePermissionEntity {
  @PrimaryColumn('text')
  roleName!: string;

  @PrimaryColumn('text')
  permission!: string;

  @ManyToOne(
    () => RoleEntity,
    (role) => role.permissions,
    { onDelete: 'CASCADE' },
  )
  @JoinColumn({ name: 'role_name', foreignKeyConstraintName: 'role_permissions_of_role' })
  role!: Relation<RoleEntity>;
}
