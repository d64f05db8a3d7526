import { IsIdentifier, MayBeAbsent, PageQuery } from '@gatehouse/platform/http';
import { IsIn, Matches } from 'class-validator';

export class ExplainQuery {
  /** @example "GET" */
  @IsIn(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
  method!: string;

  /** The path of the call, as it would be sent. @example "/api/orders/0199b6a2-5a0e-7c3a-9d43-0d5f6b2a1c4e" */
  @Matches(/^\/[!-~]{0,1023}$/, { message: 'path must be a path such as /api/orders' })
  path!: string;

  /** Who would call; somebody who is not signed in when absent. */
  @MayBeAbsent()
  @IsIdentifier()
  userId?: string;
}

export class HoldersQuery extends PageQuery {
  /** A permission of the catalogue. @example "read:order" */
  @Matches(/^[a-z]+:[a-z]+$/, { message: 'permission must be written action:resource' })
  permission!: string;
}
