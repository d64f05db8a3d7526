/** An account was made for somebody, who has yet to choose a password. */
export class UserInvited {
  constructor(
    readonly userId: string,
    readonly email: string,
    readonly name: string,
  ) {}
}
