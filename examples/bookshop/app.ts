import { fileURLToPath } from "node:url";
import { createCoatcheck, type Clock, type Coatcheck } from "coatcheck";
import { coatcheck } from "coatcheck/express";
import { sqliteStore } from "coatcheck/sqlite";
import express, { type Express } from "express";
import { sendSecurityHeaders } from "./headers.ts";
import { addBookPages } from "./pages/book.ts";
import { addCartPages } from "./pages/cart.ts";
import { addCookieLab } from "./pages/cookie-lab.ts";
import { addDashboard } from "./pages/dashboard.ts";
import { addErrorPages } from "./pages/errors.ts";
import { addPreferences } from "./pages/preferences.ts";
import { addSessionLab } from "./pages/session-lab.ts";
import { addShelf } from "./pages/shelf.ts";
import { addSignInPages } from "./pages/sign-in.ts";
import { addVisits } from "./pages/visits.ts";
import { Renderer } from "./render.ts";
import "./session-data.ts";
import { BrowserCounter } from "./statistics.ts";
import { XrayLog } from "./xray.ts";

export interface ShopOptions {
  /** The SQLite file with the sessions; made when it is not there. */
  readonly databasePath: string;
  /** Where errors that are not the visitor's go. Default: standard error. */
  readonly report?: (error: unknown) => void;
  /** Where the time is read. Default: the machine's. */
  readonly clock?: Clock;
}

export interface Shop {
  readonly app: Express;
  readonly cloakroom: Coatcheck;
  /** Lets go of the database file, once no request is under way. */
  close(): Promise<void>;
}

const ASSETS = fileURLToPath(new URL("assets", import.meta.url));

/** Makes the shop. It listens nowhere until you tell `app` to. */
export function createShop({ databasePath, clock, report = console.error }: ShopOptions): Shop {
  // The X-ray shows what each request did, and that is written down in development only.
  const store = sqliteStore(databasePath);
  const cloakroom = createCoatcheck({ store, clock, production: false });
  const log = new XrayLog();
  const counter = new BrowserCounter();
  const renderer = new Renderer(cloakroom, log, counter);

  const app = express();
  app.disable("x-powered-by");
  app.use(sendSecurityHeaders);
  // Before the session: files need none, and a request without one costs the store nothing.
  app.use("/assets", express.static(ASSETS, { index: false, fallthrough: true }));
  app.use(express.urlencoded({ extended: false, limit: "8kb" }));
  app.use(coatcheck(cloakroom));
  app.use(log.watch);

  addShelf(app, renderer);
  addBookPages(app, renderer);
  addCartPages(app, renderer);
  addSignInPages(app, renderer);
  addDashboard(app, renderer);
  addVisits(app, renderer);
  addSessionLab(app, renderer);
  addCookieLab(app, renderer);
  addPreferences(app, counter);
  addErrorPages(app, renderer, report);
  return { app, cloakroom, close: () => store.close() };
}
