/** The cookie of the access token; its prefix binds it to this very host and to TLS (RFC 6265bis, section 4.1.3.2). */
export const accessCookie = '__Host-gatehouse-access';

/** The cookie of the CSRF token, which pages of ours can read. */
export const csrfCookie = '__Host-gatehouse-csrf';

/** What a request that may change something repeats the CSRF token in, where its access token comes as a cookie. */
export const csrfHeader = 'x-csrf-token';
