import { IsText, MayBeAbsent, PageQuery } from '@gatehouse/platform/http';
import { IsEmail, IsIn, Matches, MaxLength } from 'class-validator';

const roleName = /^[a-z][a-z0-9-]{1,39}$/;

export class UpdateMeDto {
  @MayBeAbsent()
  @IsText(1, 100)
  name?: string;

  /** Mail goes there to confirm it; until that is answered your address stays as it is. @example "ada@example.org" */
  @MayBeAbsent()
  @MaxLength(254)
  @IsEmail()
  email?: string;
}

export class UpdateUserDto {
  @MayBeAbsent()
  @IsText(1, 100)
  name?: string;
}

export class CreateUserDto {
  /** The invitation goes there. @example "grace@example.com" */
  @MaxLength(254)
  @IsEmail()
  email!: string;

  /** @example "Grace Hopper" */
  @IsText(1, 100)
  name!: string;

  /** `customer` when absent; another one needs `assign:role`. */
  @MayBeAbsent()
  @Matches(roleName, { message: 'role must be the name of a role' })
  role?: string;
}

export class SetRoleDto {
  /** @example "manager" */
  @Matches(roleName, { message: 'role must be the name of a role' })
  role!: string;
}

export const userSorts = ['createdAt', '-createdAt', 'email', '-email', 'name', '-name'] as const;

export class ListUsersQuery extends PageQuery {
  /** Part of the name or the address. */
  @MayBeAbsent()
  @IsText(1, 100)
  q?: string;

  @MayBeAbsent()
  @Matches(roleName, { message: 'role must be the name of a role' })
  role?: string;

  @MayBeAbsent()
  @IsIn(userSorts)
  sort?: (typeof userSorts)[number];
}
