import { CurrentUser, Permission, Principal, Role } from '@gatehouse/access';
import { Id, Lists, Page, Refuses } from '@gatehouse/platform/http';
import { Body, Controller, Get, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { UserDto } from './dto/user.dto.js';
import { CreateUserDto, ListUsersQuery, SetRoleDto } from './dto/user-requests.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

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

  /** Gives a user another role, none that holds more than you do. In force on their next request. */
  @Put(':id/role')
  @Permission('assign:role')
  @Refuses('LAST_ADMIN')
  async setRole(@CurrentUser() actor: Principal, @Id() id: string, @Body() { role }: SetRoleDto): Promise<UserDto> {
    return UserDto.of(await this.users.setRole(actor, id, role));
  }
}
