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
