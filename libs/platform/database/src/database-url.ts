/** Injection token of the URL that the application reaches its database by. */
export const DATABASE_URL = Symbol('DATABASE_URL');
