/**
 * Every refusal the service can answer with: its stable code, HTTP status and title (RFC 9457).
 * A code is a promise to clients: it may be added, never renamed.
 */
export const problemCodes = {
  BAD_REQUEST: { status: 400, title: 'The request is malformed' },
  VALIDATION_FAILED: { status: 400, title: 'The request has fields that are not acceptable' },
  AMBIGUOUS_CREDENTIALS: { status: 400, title: 'The request carries more than one credential' },
  IDEMPOTENCY_KEY_REQUIRED: { status: 400, title: 'The header Idempotency-Key is missing or malformed' },
  TOKEN_NOT_USABLE: { status: 400, title: 'The token is unknown, used or expired' },
  UNAUTHORIZED: { status: 401, title: 'No valid credentials' },
  SIGN_IN_FAILED: { status: 401, title: 'The e-mail address or the password is wrong' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not served here' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive' },
  CONFLICT: { status: 409, title: 'The request conflicts with the current state' },
  OUT_OF_STOCK: { status: 409, title: 'Not enough in stock' },
  ORDER_STATE: { status: 409, title: 'The order is not in a state that allows this' },
  LAST_ADMIN: { status: 409, title: 'The last admin stays admin' },
  REQUEST_IN_PROGRESS: { status: 409, title: 'A request with this Idempotency-Key is being worked on' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large' },
  URI_TOO_LONG: { status: 414, title: 'The address is too long' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be application/json' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The Idempotency-Key was used with another request' },
  TOO_MANY_REQUESTS: { status: 429, title: 'Too many requests' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The header fields are too large' },
  INTERNAL_ERROR: { status: 500, title: 'Something went wrong on our side' },
  SERVICE_UNAVAILABLE: { status: 503, title: 'Not available at the moment' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problemCodes;
