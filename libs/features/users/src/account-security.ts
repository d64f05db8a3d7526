/** What the feature that signs people in does for an account that others change; called in the open transaction. */
export abstract class AccountSecurity {
  /** Ends all of the user's sessions, and voids every mailed token that would let somebody in later. */
  abstract lockOut(userId: string, reason: string): Promise<void>;

  /** Deletes all that the user ever signed in with or may do so by. */
  abstract forget(userId: string): Promise<void>;
}

/** Changes of address: each takes effect when the new one has answered its mail. Called in the open transaction. */
export abstract class EmailChanges {
  /** Asks for the address, in the place of one that was asked for before. Says nothing of who has it already. */
  abstract request(user: { readonly id: string; readonly email: string }, email: string): Promise<void>;

  abstract withdraw(userId: string): Promise<void>;

  /** The address that a mail is waited for from, or `null`. */
  abstract pending(userId: string): Promise<string | null>;
}
