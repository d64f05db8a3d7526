import { Public, RateLimit } from '@gatehouse/access';
import { Refuses } from '@gatehouse/platform/http';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ConfirmEmailDto } from './dto/email-requests.dto.js';
import { EmailChangesService } from './email-changes.service.js';

@ApiTags('auth')
@Controller('auth/email')
export class EmailChangesController {
  constructor(private readonly changes: EmailChangesService) {}

  /** Gives an account the address that PATCH /api/users/me asked for, by the token that was mailed there. */
  @Post('confirm')
  @HttpCode(204)
  @Public()
  @RateLimit(10, '1m', { per: 'address' })
  @Refuses('TOKEN_NOT_USABLE', 'CONFLICT')
  async confirm(@Body() { token }: ConfirmEmailDto): Promise<void> {
    await this.changes.confirm(token);
  }
}
