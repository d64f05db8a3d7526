import { Auth, CurrentUser, Permission, Principal, Role } from '@gatehouse/access';
import { Id, Lists, Page, Refuses } from '@gatehouse/platform/http';
import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccountsService } from './accounts.service.js';
import { UserDto } from './dto/user.dto.js';
import { CreateUserDto, ListUsersQuery, SetRoleDto, UpdateUserDto } from './dto/user-requests.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('users')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly accounts: AccountsService,
  ) {}

  /** All accounts, a page at a time. */
  @Get()
  @Role('admin')
  @Lists(() => UserDto)
  async list(@Query() query: ListUsersQuery): Promise<Page<UserDto>> {
    return (await this.users.list(query)).map(UserDto.of);
  }

  /** Makes an account and mails an invitation to set its password. */
  @Post()
  @Permission('create:user')
  @Refuses('CONFLICT')
  async create(@CurrentUser() actor: Principal, @Body() dto: CreateUserDto): Promise<UserDto> {
    return UserDto.of(await this.users.invite(actor, dto));
  }

  /** One account. */
  @Get(':id')
  @Permission('read:user')
  async get(@Id() id: string): Promise<UserDto> {
    return UserDto.of(await this.users.get(id));
  }

  /** Changes the name of somebody who holds no more than you do; an address is its owner's to change. */
  @Patch(':id')
  @Permission('update:user')
  async update(@CurrentUser() actor: Principal, @Id() id: string, @Body() dto: UpdateUserDto): Promise<UserDto> {
    return UserDto.of(await this.accounts.update(actor, id, dto));
  }

  /** Shuts somebody out who holds no more than you do: all their tokens are dead at once, and stay so. */
  @Post(':id/disable')
  @HttpCode(200)
  @Permission('update:user')
  @Refuses('LAST_ADMIN', 'CONFLICT')
  async disable(@CurrentUser() actor: Principal, @Id() id: string): Promise<UserDto> {
    return UserDto.of(await this.accounts.disable(actor, id));
  }

  /** Lets somebody sign in again who holds no more than you do. */
  @Post(':id/enable')
  @HttpCode(200)
  @Permission('update:user')
  async enable(@CurrentUser() actor: Principal, @Id() id: string): Promise<UserDto> {
    return UserDto.of(await this.accounts.enable(actor, id));
  }

  /** Deletes the account of somebody who holds no more than you do; orders and the trail keep its id, and no name. */
  @Delete(':id')
  @HttpCode(204)
  @Permission('delete:user')
  @Refuses('LAST_ADMIN', 'CONFLICT')
  async delete(@CurrentUser() actor: Principal, @Id() id: string): Promise<void> {
    await this.accounts.delete(actor, id);
  }

  /** Gives a user another role, none that holds more than you do. In force on their next request. */
  @Put(':id/role')
  @Permission('assign:role')
  @Auth({ maxAge: '15m' })
  @Refuses('LAST_ADMIN')
  async setRole(@CurrentUser() actor: Principal, @Id() id: string, @Body() { role }: SetRoleDto): Promise<UserDto> {
    return UserDto.of(await this.users.setRole(actor, id, role));
  }
}
