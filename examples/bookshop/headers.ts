import type { NextFunction, Request, Response } from "express";

const HEADERS: Readonly<Record<string, string>> = {
  // Styles, scripts and pictures come from this server as files, so nothing inline is ever allowed.
  "Content-Security-Policy": [
    "default-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "object-src 'none'",
  ].join("; "),
  "X-Frame-Options": "DENY",
  "X-Content-Type-Options": "nosniff",
  // Not "no-referrer": browsers would then send `Origin: null` with the shop's own forms.
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** What every response says to the browser about what it may do with it. */
export function sendSecurityHeaders(_req: Request, res: Response, next: NextFunction): void {
  for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value);
  next();
}
