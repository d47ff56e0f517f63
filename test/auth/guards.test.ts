import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigurationError, createCoatcheck, NotAuthenticated, PermissionDenied } from "coatcheck";
import { requireLogin, requirePermission, requireRecentLogin, requireStaff, sqlUsers } from "coatcheck/auth";
import { memoryStore, type MemoryStore } from "coatcheck/memory";
import { LoginWorld } from "../support/login-world.ts";
import { Visitor } from "../support/visitor.ts";

describe("guards", () => {
  it("let through whom they should, and return the user", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice", { isStaff: true });
    await world.users.grantPermission(alice.id, "books.change_book");
    const browser = await world.loggedIn("alice");
    for (const guard of [requireLogin(), requireStaff(), requirePermission("books.change_book"), requireRecentLogin(), requireRecentLogin(60)]) assert.equal((await browser.run(guard)).username, "alice");
  });

  it("send strangers to the login page and back, by a path", async () => {
    const world = new LoginWorld({ loginUrl: "/account/login?theme=dark" });
    for (const guard of [requireLogin(), requireStaff(), requirePermission("books.change_book"), requireRecentLogin()]) {
      const { error } = await world.browser().visit(guard, { url: "https://shop.example/cart?page=2&x=%2F" });
      assert.ok(error instanceof NotAuthenticated);
      assert.equal(error.status, 401);
      assert.equal(error.loginUrl, "/account/login?theme=dark&next=%2Fcart%3Fpage%3D2%26x%3D%252F");
    }
  });

  it("AU-10 lead nowhere else, whatever Host, Referer and forwarding headers say, and forget what cannot be asked again", async () => {
    const world = new LoginWorld();
    const headers = { host: "evil.example", "x-forwarded-host": "evil.example", referer: "https://evil.example/", origin: "https://evil.example" };
    const loginUrlOf = async (options: { url?: string; method?: string }): Promise<string> => {
      const { error } = await world.browser().visit(requireLogin(), { headers, ...options });
      assert.ok(error instanceof NotAuthenticated);
      return error.loginUrl;
    };
    assert.equal(await loginUrlOf({ url: "https://shop.example/cart" }), "/login?next=%2Fcart");
    assert.equal(await loginUrlOf({ url: "https://shop.example//evil.example/x" }), "/login");
    assert.equal(await loginUrlOf({ url: "https://shop.example/.//evil.example" }), "/login");
    assert.equal(await loginUrlOf({ url: "https://shop.example/cart", method: "POST" }), "/login");
  });

  it("refuse users who may not, and name the permission", async () => {
    const world = new LoginWorld();
    const alice = await world.signUp("alice");
    await world.users.grantPermission(alice.id, "books.view_book");
    const browser = await world.loggedIn("alice");
    const { error } = await browser.visit(requirePermission("books.view_book", "books.change_book"));
    assert.ok(error instanceof PermissionDenied);
    assert.equal(error.status, 403);
    assert.equal(error.permission, "books.change_book");
    assert.ok((await browser.visit(requireStaff())).error instanceof PermissionDenied);
  });
});

describe("the option auth", () => {
  const make = (auth: object): unknown => createCoatcheck({ store: memoryStore(), production: false, auth: { users: sqlUsers(":memory:"), ...auth } });

  it("says what is wrong with it", () => {
    const settingOf = (auth: object): string => {
      try {
        make(auth);
        return "accepted";
      } catch (error) {
        return error instanceof ConfigurationError ? error.setting : String((error as Error).message).split(":")[0] ?? "";
      }
    };
    assert.equal(settingOf({}), "accepted");
    assert.equal(settingOf({ users: undefined }), "auth.users");
    assert.equal(settingOf({ users: {} }), "auth.users");
    assert.equal(settingOf({ backends: [{}] }), "auth.backends[0]");
    assert.equal(settingOf({ hashers: [] }), "auth.hashers");
    assert.equal(settingOf({ hashers: [{}] }), "auth.hashers[0]");
    for (const loginUrl of ["login", "//evil.example", "/\\evil.example", "https://evil.example/", "/.//evil.example", "/a b"]) assert.equal(settingOf({ loginUrl }), "auth.loginUrl", loginUrl);
    assert.equal(settingOf({ loginRedirect: "//evil.example" }), "auth.loginRedirect");
    assert.equal(settingOf({ recentLogin: "soon" }), "auth.recentLogin");
    assert.equal(settingOf({ maxSessionsPerUser: 0 }), "auth.maxSessionsPerUser");
    assert.equal(settingOf({ onTooManySessions: "whatever" }), "auth.onTooManySessions");
    assert.equal(settingOf({ throttle: { perUser: 0 } }), "auth.throttle.perUser");
    assert.equal(settingOf({ throttle: { perUsers: 5 } }), "auth.throttle.perUsers");
    assert.equal(settingOf({ throttle: false }), "accepted");
    assert.equal(settingOf({ minPasswordLength: 7 }), "auth.minPasswordLength");
    assert.equal(settingOf({ clearSiteData: ["cookie"] }), "auth.clearSiteData[0]");
    assert.equal(settingOf({ tokenz: 1 }), "auth.tokenz");
  });

  it("wants a secret in production", () => {
    assert.throws(() => createCoatcheck({ store: Object.create(memoryStore({ unsafeInProduction: true }), { capabilities: { value: { ...memoryStore().capabilities, durable: true } } }) as MemoryStore, production: true, csrf: false, messages: false, auth: { users: sqlUsers(":memory:") } }), (error: unknown) => error instanceof ConfigurationError && error.code === "COAT_SECRET_MISSING" && /Login/.test(error.message));
  });

  it("ST-15 PAIN-23 wants a store that shows a logout at once, unless told otherwise", () => {
    const store = memoryStore();
    const delayed = Object.create(store, { capabilities: { value: { ...store.capabilities, immediate: false } } }) as typeof store;
    const options = { store: delayed, production: false };
    assert.throws(() => createCoatcheck({ ...options, auth: { users: sqlUsers(":memory:") } }), (error: unknown) => error instanceof ConfigurationError && error.setting === "store" && /unsafeDelayedLogout/.test(error.message));
    createCoatcheck({ ...options, auth: { users: sqlUsers(":memory:"), unsafeDelayedLogout: true } });
    createCoatcheck(options);
  });

  it("is named by whoever uses logins without it", async () => {
    const cloakroom = createCoatcheck<Record<string, unknown>>({ store: memoryStore(), production: false, log: () => {} });
    const { error } = await new Visitor(cloakroom).visit(({ auth }) => auth.user());
    assert.ok(error instanceof ConfigurationError && error.setting === "auth");
    assert.throws(() => cloakroom.auth, ConfigurationError);
  });
});
