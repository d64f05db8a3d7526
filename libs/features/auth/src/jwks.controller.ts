import { Public } from '@gatehouse/access';
import { Bare } from '@gatehouse/platform/http';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { SigningKeys } from './tokens/signing-keys.js';

/** Where others find the keys to check our access tokens with (RFC 7517). */
@ApiExcludeController()
@Controller('.well-known/jwks.json')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  @Get()
  @Public()
  @Header('cache-control', 'public, max-age=300')
  get(): Bare {
    return new Bare(this.keys.published());
  }
}
