import { fileURLToPath } from "node:url";
import { createCoatcheck, type Clock, type Coatcheck, type PasswordHasher } from "coatcheck";
import { sqlUsers, type SqlUsers } from "coatcheck/auth";
import { coatcheck } from "coatcheck/express";
import { sealedCookieStore } from "coatcheck/sealed-cookie";
import { sqliteStore } from "coatcheck/sqlite";
import express, { type Express } from "express";
import { sendSecurityHeaders } from "./headers.ts";
import { addAccountPages } from "./pages/account.ts";
import { addBookPages } from "./pages/book.ts";
import { addCartPages } from "./pages/cart.ts";
import { addCookieLab } from "./pages/cookie-lab.ts";
import { addDashboard } from "./pages/dashboard.ts";
import { addErrorPages } from "./pages/errors.ts";
import { addPreferences } from "./pages/preferences.ts";
import { addSessionLab } from "./pages/session-lab.ts";
import { addShelf } from "./pages/shelf.ts";
import { addSignInPages } from "./pages/sign-in.ts";
import { addSignUp } from "./pages/sign-up.ts";
import { addStaffPages } from "./pages/staff.ts";
import { addTimeLeft } from "./pages/time-left.ts";
import { addVisits } from "./pages/visits.ts";
import { Renderer } from "./render.ts";
import "./session-data.ts";
import { ShopWindow } from "./shop-window.ts";
import { BrowserCounter } from "./statistics.ts";
import { XrayLog } from "./xray.ts";

/** Where the sessions live: in the SQLite file with the users, or sealed in the visitors' own cookies. */
export const SESSION_HOMES = ["sqlite", "sealed-cookie"] as const;

export type SessionHome = (typeof SESSION_HOMES)[number];

export interface ShopOptions {
  /** The SQLite file with the sessions and the users; made when it is not there. */
  readonly databasePath: string;
  /** Default: `"sqlite"`. */
  readonly sessions?: SessionHome;
  /** The newest first. Default: one that the SQLite file keeps; sealed cookies need them. */
  readonly secrets?: readonly string[];
  /** Where errors that are not the visitor's go. Default: standard error. */
  readonly report?: (error: unknown) => void;
  /** Where the time is read. Default: the machine's. */
  readonly clock?: Clock;
  /** How passwords are hashed. Default: argon2id. */
  readonly hashers?: readonly PasswordHasher[];
}

export interface Shop {
  readonly app: Express;
  readonly cloakroom: Coatcheck;
  readonly users: SqlUsers;
  /** Lets go of the database file, once no request is under way. */
  close(): Promise<void>;
}

const ASSETS = fileURLToPath(new URL("assets", import.meta.url));

/** Makes the shop. It listens nowhere until you tell `app` to. @throws ConfigurationError for secrets that are missing or too short */
export function createShop({ databasePath, sessions = "sqlite", secrets, clock, hashers, report = console.error }: ShopOptions): Shop {
  const database = sessions === "sqlite" ? sqliteStore(databasePath) : null;
  const users = sqlUsers(databasePath, clock === undefined ? {} : { clock });
  const cloakroom = createCoatcheck({
    store: database ?? sealedCookieStore(),
    secrets,
    clock,
    // The X-ray shows what each request did, and that is written down in development only.
    production: false,
    // Every form has a token, so every change has to show one.
    csrf: { token: "always" },
    auth: {
      users,
      hashers,
      loginRedirect: "/dashboard",
      // Whoever sits down next finds nothing of the last visitor's in the browser's cache.
      clearSiteData: ["cache"],
      // Only a store at the server can count a user's sessions.
      maxSessionsPerUser: database === null ? null : 10,
    },
  });
  const log = new XrayLog();
  const shopWindow = new ShopWindow();
  const counter = new BrowserCounter();
  const renderer = new Renderer(cloakroom, log, counter, (userId) => users.epochs.read(userId));

  const app = express();
  app.disable("x-powered-by");
  app.use(sendSecurityHeaders);
  // Before the session: files need none, and a request without one costs the store nothing.
  app.use("/assets", express.static(ASSETS, { index: false, fallthrough: true }));
  app.use(express.urlencoded({ extended: false, limit: "8kb" }));
  app.use(coatcheck(cloakroom));
  app.use(log.watch);

  addShelf(app, renderer, shopWindow);
  addBookPages(app, renderer);
  addCartPages(app, renderer);
  addSignInPages(app, renderer);
  addSignUp(app, renderer, cloakroom);
  addAccountPages(app, renderer, sessions === "sealed-cookie");
  addStaffPages(app, renderer, shopWindow);
  addDashboard(app, renderer);
  addVisits(app, renderer);
  addSessionLab(app, renderer);
  addTimeLeft(app);
  addCookieLab(app, renderer);
  addPreferences(app, counter);
  addErrorPages(app, renderer, report);
  return {
    app,
    cloakroom,
    users,
    async close() {
      await users.close();
      await database?.close();
    },
  };
}
