import { Auth, CurrentUser, Principal, RateLimit } from '@gatehouse/access';
import { Refuses } from '@gatehouse/platform/http';
import { Body, Controller, Delete, Get, HttpCode, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountsService } from './accounts.service.js';
import { UpdatedMeDto, UserDto } from './dto/user.dto.js';
import { UpdateMeDto } from './dto/user-requests.dto.js';
import { MeService } from './me.service.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('users/me')
@Auth()
export class MeController {
  constructor(
    private readonly users: UsersService,
    private readonly me: MeService,
    private readonly accounts: AccountsService,
  ) {}

  /** Your own account. */
  @Get()
  async get(@CurrentUser() { id }: Principal): Promise<UserDto> {
    return UserDto.of(await this.users.get(id));
  }

  /** Changes your name; another e-mail address wants a sign-in within 5 min, and takes effect when its mail is answered. */
  @Patch()
  @RateLimit(30, '1h')
  @Refuses('FORBIDDEN')
  update(@CurrentUser() me: Principal, @Body() dto: UpdateMeDto): Promise<UpdatedMeDto> {
    return this.me.update(me, dto);
  }

  /** Deletes your account for good: your name, your address and all that you signed in with. Orders keep its id. */
  @Delete()
  @HttpCode(204)
  @Auth({ maxAge: '5m' })
  @Refuses('LAST_ADMIN')
  async delete(@CurrentUser() me: Principal): Promise<void> {
    await this.accounts.deleteOwn(me);
  }
}
