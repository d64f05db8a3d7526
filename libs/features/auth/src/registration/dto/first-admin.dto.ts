import { IsText } from '@gatehouse/platform/http';
import { IsEmail, MaxLength } from 'class-validator';

export class FirstAdminDto {
  @MaxLength(254)
  @IsEmail()
  email!: string;

  @IsText(1, 100)
  name!: string;
}
