import { AccessChanges, PermissionCatalogue, type Principal } from '@gatehouse/access';
import { brokenConstraint, Transactions } from '@gatehouse/platform/database';
import { Problem } from '@gatehouse/platform/http';
import { Injectable } from '@nestjs/common';
import type { CreateRoleDto, UpdateRoleDto } from './dto/role-requests.dto.js';
import { HandingOver } from './handing-over.js';
import type { RoleEntity } from './role.entity.js';
import { RolesRepository } from './roles.repository.js';

/**
 * The roles themselves. Whoever shapes one must hold all that it holds, before and after: what they add as they could
 * grant it, and what they take, or leave, so that nobody meddles with a role above their own.
 */
@Injectable()
export class RolesService {
  constructor(
    private readonly repository: RolesRepository,
    private readonly handingOver: HandingOver,
    private readonly catalogue: PermissionCatalogue,
    private readonly changes: AccessChanges,
    private readonly transactions: Transactions,
  ) {}

  list(): Promise<RoleEntity[]> {
    return this.repository.roles();
  }

  async get(name: string): Promise<RoleEntity> {
    const role = await this.repository.role(name);
    if (role === null) throw new Problem('NOT_FOUND');
    return role;
  }

  /** @throws Problem CONFLICT when there is such a role, VALIDATION_FAILED for a permission that no feature declares. */
  create(actor: Principal, { name, description, permissions }: CreateRoleDto): Promise<RoleEntity> {
    this.assertKnown(permissions);
    return this.transactions.run(async () => {
      await this.handingOver.assertMayShapeRole(actor, name, permissions);
      if ((await this.repository.role(name)) !== null) {
        throw new Problem('CONFLICT', { detail: 'There is a role of this name' });
      }
      await this.repository.insertRole(name, description);
      await this.repository.addToRole(name, permissions);
      return this.get(name);
    });
  }

  /** Changes what the role holds, in force at once for all who have it. @throws Problem SYSTEM_ROLE for `admin`. */
  update(actor: Principal, name: string, { description, permissions }: UpdateRoleDto): Promise<RoleEntity> {
    this.assertKnown(permissions ?? []);
    return this.transactions.run(async () => {
      const held = await this.shapedBy(actor, name, permissions ?? []);
      if (name === 'admin') throw new Problem('SYSTEM_ROLE', { detail: 'The role admin holds every permission' });
      if (description !== undefined) await this.repository.describeRole(name, description);
      if (permissions !== undefined) {
        const taken = held.filter((permission) => !permissions.includes(permission));
        await this.repository.takeFromRole(name, taken);
        const added = permissions.filter((permission) => !held.includes(permission));
        await this.repository.addToRole(name, added);
        await this.changes.role(name);
      }
      return this.get(name);
    });
  }

  /** @throws Problem SYSTEM_ROLE for a role that the code names, ROLE_IN_USE while somebody has it. */
  remove(actor: Principal, name: string): Promise<void> {
    return this.transactions.run(async () => {
      await this.shapedBy(actor, name, []);
      if ((await this.get(name)).isSystem) throw new Problem('SYSTEM_ROLE');
      await this.repository.deleteRole(name).catch((error: unknown) => {
        throw brokenConstraint(error) === 'users_of_role' ? new Problem('ROLE_IN_USE') : error;
      });
    });
  }

  /** What the role holds, once the actor is known to be allowed to shape it, `wanted` included. */
  private async shapedBy(actor: Principal, name: string, wanted: readonly string[]): Promise<string[]> {
    // Begun before the role is read, so that it is still like that when this commits.
    await this.changes.begin();
    const held = (await this.get(name)).permissions.map(({ permission }) => permission);
    await this.handingOver.assertMayShapeRole(actor, name, [...new Set([...held, ...wanted])]);
    return held;
  }

  private assertKnown(permissions: readonly string[]): void {
    const errors = permissions.flatMap((permission, index) =>
      this.catalogue.has(permission) ? [] : [{ field: `permissions.${index}`, message: 'is not in the catalogue' }],
    );
    if (errors.length > 0) throw new Problem('VALIDATION_FAILED', { errors });
  }
}
