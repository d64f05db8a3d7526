import { MayBeAbsent } from '@gatehouse/platform/http';
import { Matches } from 'class-validator';
import { opaqueToken } from '../../tokens/opaque-token.js';

export class RefreshDto {
  /** The latest refresh token of the session; absent where it comes as a cookie. */
  @MayBeAbsent()
  @Matches(opaqueToken, { message: 'refreshToken must be one that this service gave' })
  refreshToken?: string;
}
