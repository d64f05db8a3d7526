import { Auth, CurrentUser, Permission, Principal } from '@gatehouse/access';
import { Id, Refuses } from '@gatehouse/platform/http';
import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CreateGrantDto, GrantDto } from './dto/grant.dto.js';
import { GrantsService } from './grants.service.js';

@ApiTags('permissions')
@Controller('users/:id/permissions')
export class GrantsController {
  constructor(private readonly grants: GrantsService) {}

  /** What a user was granted directly. */
  @Get()
  @Permission('read:access', 'grant:permission')
  async list(@Id() id: string): Promise<GrantDto[]> {
    return (await this.grants.list(id)).map(GrantDto.of);
  }

  /** Grants somebody a permission that you hold, for a time or until it is revoked; granting it again replaces the grant. */
  @Post()
  @Permission('grant:permission')
  @Auth({ maxAge: '15m' })
  @Refuses('OWN_GRANT')
  async create(@CurrentUser() actor: Principal, @Id() id: string, @Body() dto: CreateGrantDto): Promise<GrantDto> {
    return GrantDto.of(await this.grants.grant(actor, id, dto));
  }

  /** Takes a direct grant back. */
  @Delete(':permission')
  @HttpCode(204)
  @Permission('grant:permission')
  async remove(
    @CurrentUser() actor: Principal,
    @Id() id: string,
    @Param('permission') permission: string,
  ): Promise<void> {
    await this.grants.revoke(actor, id, permission);
  }
}
