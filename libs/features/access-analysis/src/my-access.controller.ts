import { Auth, CurrentUser, Principal, RateLimit, Reach } from '@gatehouse/access';
import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { MyAccessDto } from './dto/my-access.dto.js';

@ApiTags('access')
@Controller('access/mine')
@Auth()
export class MyAccessController {
  constructor(private readonly reach: Reach) {}

  /** Which calls you may make as you are signed in now, and what the others want; Swagger UI marks them by it. */
  @Get()
  @RateLimit(60, '1m')
  list(@CurrentUser() me: Principal): MyAccessDto {
    return MyAccessDto.of(me, this.reach.of(me));
  }
}
