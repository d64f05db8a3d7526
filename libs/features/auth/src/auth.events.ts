/** A refresh token came back after it had been exchanged: somebody has a copy, and the session was ended. */
export class RefreshTokenReused {
  constructor(readonly userId: string) {}
}
