import { CurrentUser, Permission, Principal } from '@gatehouse/access';
import { Id } from '@gatehouse/platform/http';
import { Controller, Delete, Get, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { SessionDto } from './dto/session.dto.js';
import { UserSessionsService } from './user-sessions.service.js';

@ApiTags('users')
@Controller('users/:id/sessions')
@Permission('revoke:session')
export class UserSessionsController {
  constructor(private readonly sessions: UserSessionsService) {}

  /** Somebody's sessions. */
  @Get()
  async list(@Id() id: string): Promise<SessionDto[]> {
    return (await this.sessions.list(id)).map((session) => SessionDto.of(session));
  }

  /** Ends all sessions of somebody who holds no more than you do. */
  @Delete()
  @HttpCode(204)
  async endAll(@CurrentUser() actor: Principal, @Id() id: string): Promise<void> {
    await this.sessions.endAll(actor, id);
  }

  /** Ends one session of somebody who holds no more than you do. */
  @Delete(':sessionId')
  @HttpCode(204)
  async end(@CurrentUser() actor: Principal, @Id() id: string, @Id('sessionId') sessionId: string): Promise<void> {
    await this.sessions.end(actor, id, sessionId);
  }
}
