import type { UserEntity } from '../user.entity.js';

export class UserDto {
  id!: string;
  email!: string;
  name!: string;
  role!: string;
  disabledAt!: Date | null;
  createdAt!: Date;

  static of({ id, email, name, role, disabledAt, createdAt }: UserEntity): UserDto {
    return { id, email, name, role, disabledAt, createdAt };
  }
}

export class UpdatedMeDto extends UserDto {
  /** The address that you asked for, while its mail waits to be answered. */
  pendingEmail!: string | null;

  static with(user: UserEntity, pendingEmail: string | null): UpdatedMeDto {
    return { ...UserDto.of(user), pendingEmail };
  }
}
