import { CoatError, LoginThrottled, MethodNotAllowed } from "../errors.ts";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** The status with which an error is answered when nobody else answers it. */
export function statusOfError(error: unknown): number {
  return error instanceof CoatError ? error.status : 500;
}

/**
 * True for errors that tell the client something (the store is down, the session ended); false for those that only the
 * developer can act on, which must reach a log.
 */
export function isForClient(error: unknown): error is CoatError {
  return error instanceof CoatError && error.status !== 500;
}

/** The headers and the body of the plain page. It says which status it is, what the client can do, and nothing else about the error. */
export function errorPage(status: number, error?: unknown): { headers: (readonly [string, string])[]; body: string } {
  const title = TITLES[status] ?? "Error";
  const headers: (readonly [string, string])[] = [
    ["Content-Type", "text/plain; charset=utf-8"],
    ["X-Content-Type-Options", "nosniff"],
    ["Cache-Control", "no-store"],
  ];
  if (status === 503) headers.push(["Retry-After", "1"]);
  if (error instanceof MethodNotAllowed || error instanceof LoginThrottled) headers.push(...Object.entries(error.headers));
  return { headers, body: `${status} ${title}\n` };
}
