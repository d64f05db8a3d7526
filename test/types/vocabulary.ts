// Compiled by `npm run types` and run by nobody: each line below must be an error of the compiler, which
// `@ts-expect-error` turns into an error of its own as soon as it isn't one any more.
import { Auth, Owner, Permission, type Principal, RateLimit } from '@gatehouse/access';

class Parcel {
  id = '';
  senderId = '';
}

export class Misspelt {
  // @ts-expect-error no feature declares read:orders, only read:order
  @Permission('read:orders')
  permission() {}

  // @ts-expect-error nor does any declare launch:rocket, however good the rest of the list
  @Permission.all('read:order', 'launch:rocket')
  permissions() {}

  // @ts-expect-error the permission that stands in for ownership is named as strictly
  @Owner(Parcel, { field: 'senderId', unless: 'read:parcel' })
  unless() {}

  // @ts-expect-error a parcel has no such field to be asked for
  @Owner(Parcel, { field: 'recipientId' })
  field() {}

  // @ts-expect-error nor has it the field that is asked for unless another is said
  @Owner(Parcel, { unless: 'read:order' })
  usualField() {}

  // @ts-expect-error a duration has a unit
  @Auth({ maxAge: '5' })
  duration() {}

  // @ts-expect-error a limit is counted by something that there is
  @RateLimit(5, '1m', { per: 'user' })
  subject() {}
}

export function decidedByHand(principal: Principal): boolean {
  // @ts-expect-error what a service asks of the principal is named as strictly as what a decorator does
  return principal.can('raed:order');
}

export class WellSpelt {
  @Permission('read:order')
  @Owner(Parcel, { field: 'senderId', unless: 'read:order' })
  @RateLimit(5, '1m', { per: 'address' })
  sound() {}
}
