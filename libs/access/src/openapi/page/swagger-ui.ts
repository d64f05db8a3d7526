/** As much of Swagger UI as what we add to its page needs. */
export interface SwaggerUi {
  readonly React: {
    createElement(type: unknown, properties: object | null, ...children: unknown[]): unknown;
    useSyncExternalStore<T>(subscribe: (listener: () => void) => () => void, read: () => T): T;
  };
  readonly authSelectors: { authorized(): Readable | undefined };
  readonly specSelectors: { specJson(): Readable };
  /** Ours, put there by {@link callerAccess}. */
  readonly callerAccess: CallerAccess;
  getStore(): { subscribe(listener: () => void): void };
  getConfigs(): { readonly access: PageSettings };
}

export interface Readable {
  getIn(path: readonly string[]): unknown;
}

/** A request that the page is about to send. */
export interface PageRequest {
  readonly headers: Record<string, string>;
  credentials?: string;
}

/** What our additions can't import: they run in the browser, each as the text of its function. */
export interface PageSettings {
  readonly askAt: string;
  readonly csrfCookie: string;
  readonly csrfHeader: string;
}

/** Who the page calls as, as far as it knows. */
export interface CallerAccess {
  read(): Caller;
  subscribe(listener: () => void): () => void;
  /** Asks anew: what was just called may have changed it. */
  ask(): void;
  start(ui: SwaggerUi): void;
}

export interface Caller {
  readonly state: 'anonymous' | 'ended' | 'known';
  readonly email?: string;
  readonly role?: string;
  /** By method and path as the document writes them: `GET /api/orders/{id}`. */
  readonly calls?: Readonly<Record<string, CallerCall>>;
}

/** Whether the caller may make a call, and what they lack where they may not. */
export interface CallerCall {
  readonly verdict: string;
  readonly inWords: readonly string[];
}

export type Component = (properties: never) => unknown;

export interface Plugin {
  readonly rootInjects?: object;
  readonly statePlugins?: object;
  readonly wrapComponents?: Readonly<Record<string, (original: unknown, ui: SwaggerUi) => Component>>;
  afterLoad?(ui: SwaggerUi): void;
}
