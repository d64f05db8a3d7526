import { IsText, MayBeAbsent } from '@gatehouse/platform/http';
import { ArrayMaxSize, ArrayUnique, IsArray, Matches } from 'class-validator';

const permission = { message: 'permissions must be written action:resource', each: true } as const;

export class CreateRoleDto {
  /** 2 to 40 lower-case letters, digits and hyphens. @example "stock-keeper" */
  @Matches(/^[a-z][a-z0-9-]{1,39}$/, { message: 'name must be 2 to 40 lower-case letters, digits and hyphens' })
  name!: string;

  /** @example "Keeps the stock" */
  @IsText(1, 200)
  description!: string;

  /** Permissions of the catalogue that you hold yourself. @example ["update:product"] */
  @IsArray()
  @ArrayMaxSize(1_000)
  @ArrayUnique()
  @Matches(/^[a-z]+:[a-z]+$/, permission)
  permissions!: string[];
}

export class UpdateRoleDto {
  @MayBeAbsent()
  @IsText(1, 200)
  description?: string;

  /** All that the role is to hold, in place of what it holds. @example ["update:product"] */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(1_000)
  @ArrayUnique()
  @Matches(/^[a-z]+:[a-z]+$/, permission)
  permissions?: string[];
}
