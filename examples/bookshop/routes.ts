import type { Express, Request, Response } from "express";
import { findBook } from "./books.ts";

export type Handler = (req: Request, res: Response) => void | Promise<void>;

/** A request that the shop answers with an error page of that status. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: 400 | 404 | 405) {
    super(`Refused with ${status}`);
    this.status = status;
  }
}

/** Serves one address. Looking is GET, changing is POST, and every other method is told which of them there is. */
export function route(app: Express, path: string, handlers: { readonly get?: Handler; readonly post?: Handler }): void {
  const at = app.route(path);
  if (handlers.get !== undefined) at.get(handlers.get);
  if (handlers.post !== undefined) at.post(handlers.post);
  const allowed = [handlers.get === undefined ? "" : "GET, HEAD", handlers.post === undefined ? "" : "POST"].filter(Boolean).join(", ");
  at.all((_req, res) => {
    res.setHeader("Allow", allowed);
    throw new Refusal(405);
  });
}

/** A form field, trimmed; empty when it is missing, repeated or not text. */
export function readField(req: Request, name: string): string {
  return readPassword(req, name).trim();
}

/** A form field as it was typed: a blank may be part of a password. Empty when it is missing, repeated or not text. */
export function readPassword(req: Request, name: string): string {
  const body: unknown = req.body;
  if (typeof body !== "object" || body === null || !Object.hasOwn(body, name)) return "";
  const value = (body as Record<string, unknown>)[name];
  return typeof value === "string" ? value : "";
}

/** The slug in the address, if the shop sells that book. @throws Refusal 404 */
export function readSlug(req: Request): string {
  const slug = req.params["slug"];
  if (typeof slug !== "string" || findBook(slug) === undefined) throw new Refusal(404);
  return slug;
}

const PAGES: ReadonlySet<string> = new Set(["/", "/cart", "/login", "/signup", "/confirm", "/account", "/staff", "/dashboard", "/visits", "/session", "/cookies"]);

/** Whether `path` is a page of the shop: the only places that a form may lead back to. */
export function isPage(path: string): boolean {
  return PAGES.has(path) || (path.startsWith("/books/") && findBook(path.slice("/books/".length)) !== undefined);
}

/** Leads back to the page that the form was on, after the change. 303: the browser looks with GET, and reloading repeats nothing. */
export function goBack(req: Request, res: Response, otherwise: string): void {
  const back = readField(req, "back");
  res.redirect(303, isPage(back) ? back : otherwise);
}
