import { Auth, CurrentUser, Principal, RateLimiter } from '@gatehouse/access';
import { Controller, Get, Ip } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { LimitDto } from './dto/limit.dto.js';

@ApiTags('users')
@Controller('users/me/limits')
@Auth()
export class MyLimitsController {
  constructor(private readonly limiter: RateLimiter) {}

  /** How the limits stand of all that you may call; asking counts as a call of this route and of no other. */
  @Get()
  async list(@CurrentUser() me: Principal, @Ip() address: string): Promise<LimitDto[]> {
    return (await this.limiter.standing(me, address)).map(LimitDto.of);
  }
}
