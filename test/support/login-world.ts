import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { DatabaseSync } from "node:sqlite";
import { createCoatcheck, type Coat, type Coatcheck, type CoatcheckOptions, type NewUserInput, type User } from "coatcheck";
import { sqlUsers, type SqlUsers } from "coatcheck/auth";
import { memoryStore, type MemoryStore } from "coatcheck/memory";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { CountingHasher } from "./counting-hasher.ts";
import type { AnyData } from "./view.ts";
import { Visitor, type Visit } from "./visitor.ts";

export const PASSWORD = "a long walk home";
export const SECRET = "login world: 9f2c81be77a04d5e6b13c8";

type AuthOptions = NonNullable<CoatcheckOptions["auth"]>;

/** A cloakroom with users in a database in memory, a hasher that counts, and as many browsers as one likes. */
export class LoginWorld {
  readonly clock = new FakeClock();
  readonly database = new DatabaseSync(":memory:");
  readonly users: SqlUsers = sqlUsers(this.database, { clock: this.clock });
  readonly hasher = new CountingHasher();
  readonly memory: MemoryStore = memoryStore();
  readonly cloakroom: Coatcheck<AnyData>;
  readonly #options: CoatcheckOptions;

  constructor(auth: Partial<AuthOptions> = {}, options: CoatcheckOptions = {}) {
    this.#options = { store: this.memory, clock: this.clock, production: false, log: () => {}, secrets: [SECRET], ...options, auth: { users: this.users, hashers: [this.hasher], ...auth } };
    this.cloakroom = createCoatcheck<AnyData>(this.#options);
  }

  /** Another process of the same application. */
  another(changes: CoatcheckOptions = {}): Coatcheck<AnyData> {
    return createCoatcheck<AnyData>({ ...this.#options, ...changes, auth: { ...this.#options.auth, ...changes.auth } });
  }

  signUp(username: string, changes: Partial<NewUserInput> = {}): Promise<User> {
    return this.cloakroom.auth.createUser({ username, password: PASSWORD, ...changes });
  }

  browser(cloakroom: Coatcheck<AnyData> = this.cloakroom): Browser {
    return new Browser(cloakroom);
  }

  /** A browser in which that user is logged in. */
  async loggedIn(username: string, cloakroom: Coatcheck<AnyData> = this.cloakroom): Promise<Browser> {
    const browser = this.browser(cloakroom);
    assert.equal(await browser.logIn(username), true);
    return browser;
  }

  /** Every record's text, as a thief of the store sees it. */
  async raw(): Promise<string> {
    return JSON.stringify((await this.memory.scan(null, 1000, { now: this.clock.now() })).records);
  }
}

/** A visitor who knows the pages of a site with logins. */
export class Browser extends Visitor {
  address = "192.0.2.1";

  /** The form was sent. False: it came back. */
  logIn(username: unknown, password: unknown = PASSWORD, options: Parameters<Coat<AnyData>["auth"]["login"]>[1] = {}): Promise<boolean> {
    return this.run(
      async ({ auth }) => {
        const user = await auth.authenticate({ username, password });
        if (user === null) return false;
        await auth.login(user, options);
        return true;
      },
      { method: "POST", peerAddress: this.address, headers: { "user-agent": "Test/1.0" } },
    );
  }

  post<Result>(handler: (coat: Coat<AnyData>) => Result | Promise<Result>): Promise<Visit<Result>> {
    return this.visit(handler, { method: "POST", peerAddress: this.address });
  }

  logOut(): Promise<void> {
    return this.run(({ auth }) => auth.logout(), { method: "POST" });
  }

  /** Who the site says this is. */
  async me(): Promise<string | null> {
    return this.run(async ({ auth }) => (await auth.user())?.username ?? null);
  }

  sessionId(): Promise<string | null> {
    return this.run(({ session }) => session.id);
  }

  get token(): string | undefined {
    return /__Host-sessionid=([^;]+)/.exec(this.header() ?? "")?.[1];
  }

  /** Another browser that holds a copy of this one's cookies. */
  copy(): Browser {
    const thief = new Browser(this.cloakroom);
    const cookie = this.header();
    for (const pair of cookie?.split("; ") ?? []) thief.jar.receive([`${pair}; Path=/; Secure`], this.url, this.now);
    return thief;
  }
}

/** What was told while something ran. */
export async function listen(events: readonly string[], task: () => Promise<unknown>): Promise<{ readonly event: string; readonly payload: Record<string, unknown> }[]> {
  const heard: { event: string; payload: Record<string, unknown> }[] = [];
  const listeners = events.map((event) => {
    const listener = (payload: unknown): void => void heard.push({ event, payload: payload as Record<string, unknown> });
    subscribe(`coatcheck:${event}`, listener);
    return () => unsubscribe(`coatcheck:${event}`, listener);
  });
  try {
    await task();
  } finally {
    for (const stop of listeners) stop();
  }
  return heard;
}

