/** An answer other than 200, sent as problem+json. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    title: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(title);
  }
}

export function unauthorized(reason?: string): Refusal {
  const challenge = `Bearer realm="gatehouse"${reason === undefined ? '' : ', error="invalid_token"'}`;
  return new Refusal(401, 'UNAUTHORIZED', 'No valid credentials', { 'www-authenticate': challenge });
}
