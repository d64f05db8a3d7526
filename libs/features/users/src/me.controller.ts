import { Auth, CurrentUser, Principal } from '@gatehouse/access';
import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { UserDto } from './dto/user.dto.js';
import { UpdateMeDto } from './dto/user-requests.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('users/me')
@Auth()
export class MeController {
  constructor(private readonly users: UsersService) {}

  /** Your own account. */
  @Get()
  async get(@CurrentUser() me: Principal): Promise<UserDto> {
    return UserDto.of(await this.users.get(me.id));
  }

  /** Changes your name. */
  @Patch()
  async update(@CurrentUser() me: Principal, @Body() dto: UpdateMeDto): Promise<UserDto> {
    return UserDto.of(await this.users.updateMe(me.id, dto));
  }
}
