/** An account was deleted; the address is the one that it had. */
export class UserDeleted {
  constructor(
    readonly userId: string,
    readonly email: string,
  ) {}
}

/** An account was made for somebody, who has yet to choose a password. */
export class UserInvited {
  constructor(readonly userId: string) {}
}
