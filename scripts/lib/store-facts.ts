/** How often a request goes to the store. `test/backends/store-calls.test.ts` counts them at the servers. */
export interface CallCount {
  /** What the request does, as the documentation says it. */
  readonly request: string;
  readonly calls: number;
}

export const callCounts = {
  anonymous: { request: "without a cookie, reads the session or not", calls: 0 },
  lazy: { request: "with a cookie, on a `lazy` route that does not look", calls: 0 },
  begin: { request: "without a cookie, writes: the session begins", calls: 1 },
  read: { request: "with a cookie, reads", calls: 1 },
  unknown: { request: "with a cookie that opens nothing", calls: 1 },
  slide: { request: "with a cookie that ends with the browser, reads, and the session's end moves", calls: 1 },
  write: { request: "with a cookie, writes", calls: 2 },
  renew: { request: "with a persistent cookie, reads, and both the session's end and the cookie's move", calls: 2 },
  logout: { request: "logs out (`flush`)", calls: 2 },
  rotate: { request: "logs in with a session that exists (`rotate`)", calls: 3 },
} as const satisfies Readonly<Record<string, CallCount>>;

export type RequestKind = keyof typeof callCounts;

/** Where an engine needs more. */
const otherCounts: Readonly<Record<string, Partial<Record<RequestKind, number>>>> = {
  mysql: { slide: 2 },
  memcached: { slide: 3, renew: 3 },
};

/** @param store the store's name */
export function callCountOf(store: string, kind: RequestKind): number {
  return otherCounts[store]?.[kind] ?? callCounts[kind].calls;
}
