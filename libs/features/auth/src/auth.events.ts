/** A user signs in with a second factor from now on. */
export class SecondFactorEnabled {
  constructor(readonly userId: string) {}
}

/** A user signs in without a second factor again. */
export class SecondFactorDisabled {
  constructor(readonly userId: string) {}
}

/** Somebody who is past the first step of a user's sign-in gave too many wrong codes. */
export class SecondFactorLocked {
  constructor(readonly userId: string) {}
}

/** Somebody signed in with a recovery code, of which so many are left. */
export class RecoveryCodeUsed {
  constructor(
    readonly userId: string,
    readonly left: number,
  ) {}
}

/** A way to sign in was added to an account that was there before, or taken from it. */
export class IdentityChanged {
  constructor(
    readonly userId: string,
    readonly change: 'linked' | 'unlinked',
  ) {}
}

/** A refresh token came back after it had been exchanged: somebody has a copy, and the session was ended. */
export class RefreshTokenReused {
  constructor(readonly userId: string) {}
}
