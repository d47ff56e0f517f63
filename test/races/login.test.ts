import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc, { type Scheduler } from "fast-check";
import type { Coat, Coatcheck, SessionStore, User } from "coatcheck";
import { memoryStore, type MemoryStore } from "coatcheck/memory";
import { scheduleStore } from "../support/scheduled-store.ts";
import { LoginWorld, PASSWORD } from "../support/login-world.ts";
import { makeView, type AnyData } from "../support/view.ts";

const RUNS = Number(process.env["RACE_RUNS"] ?? 40);
const NEXT = "another long walk home";

interface Answer {
  readonly status: "ok" | "ended" | "failed";
  /** The session cookie that the response set; null for a removal, undefined for none. */
  readonly cookie: string | null | undefined;
}

type Handler = (coat: Coat<AnyData>) => unknown;

/** Two processes over one store whose calls may meet in any order, and one browser's cookie. */
class Race {
  readonly gate = { scheduled: false };
  readonly memory: MemoryStore = memoryStore();
  readonly world: LoginWorld;
  readonly scheduler: Scheduler;
  readonly processes: readonly [Coatcheck<AnyData>, Coatcheck<AnyData>];

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
    const store = this.#schedule();
    this.world = new LoginWorld({ throttle: false }, { store });
    this.processes = [this.world.cloakroom, this.world.another({ store: this.#schedule() })];
  }

  #schedule(): SessionStore {
    const plain = scheduleStore(this.memory, this.scheduler, this.gate);
    const hold = async <Result>(label: string, call: () => Promise<Result>): Promise<Result> => {
      if (this.gate.scheduled) await this.scheduler.schedule(Promise.resolve(), `${label} sent`);
      const result = await call();
      if (this.gate.scheduled) await this.scheduler.schedule(Promise.resolve(), `${label} answered`);
      return result;
    };
    return Object.assign(plain, {
      listByOwner: (owner: string, options?: object) => hold("list", () => this.memory.listByOwner(owner, options)),
      deleteByOwner: (owner: string, options?: object) => hold("deleteByOwner", () => this.memory.deleteByOwner(owner, options)),
    });
  }

  async visit(cookie: string | null, handler: Handler, process = 0): Promise<Answer> {
    const coat = (this.processes[process] as Coatcheck<AnyData>).begin(makeView({ method: "POST", headers: cookie === null ? {} : { cookie: `__Host-sessionid=${cookie}` } }));
    if (coat.ready !== null) await coat.ready;
    return finish(coat, handler);
  }

  /** Both have read the session before either goes on. */
  async race(cookie: string | null, handlers: readonly Handler[]): Promise<Answer[]> {
    const coats = await Promise.all(
      handlers.map(async (_, n) => {
        const coat = (this.processes[n % 2] as Coatcheck<AnyData>).begin(makeView({ method: "POST", headers: cookie === null ? {} : { cookie: `__Host-sessionid=${cookie}` } }));
        if (coat.ready !== null) await coat.ready;
        return coat;
      }),
    );
    this.gate.scheduled = true;
    const answers = Promise.all(coats.map((coat, n) => finish(coat, handlers[n] as Handler)));
    await this.scheduler.waitFor(answers);
    this.gate.scheduled = false;
    return answers;
  }

  /** Who a cookie is, and what its session holds. */
  async look(cookie: string | null | undefined): Promise<{ me: string | null; cart: unknown }> {
    let seen: { me: string | null; cart: unknown } = { me: null, cart: undefined };
    await this.visit(cookie ?? null, async ({ auth, session }) => {
      seen = { me: (await auth.user())?.username ?? null, cart: session.get("cart") };
    });
    return seen;
  }

  async begin(): Promise<string> {
    const { cookie } = await this.visit(null, ({ session }) => void session.set("cart", ["a book"]));
    assert.ok(cookie);
    return cookie;
  }

  async loggedIn(user: User): Promise<string> {
    const { cookie } = await this.visit(null, async ({ auth, session }) => {
      session.set("cart", ["a book"]);
      await auth.login(user);
    });
    assert.ok(cookie);
    return cookie;
  }
}

async function finish(coat: Coat<AnyData>, handler: Handler): Promise<Answer> {
  let threw: unknown;
  try {
    await handler(coat);
  } catch (error) {
    threw = error;
  }
  try {
    const ending = await coat.finish({ status: threw === undefined ? 200 : 500, threw: threw !== undefined });
    const values = (ending?.setCookies ?? []).flatMap((line) => /^__Host-sessionid=([^;]*)/.exec(line)?.[1] ?? []);
    const cookie = values[0] === undefined ? undefined : values[0] === "" ? null : values[0];
    return { status: threw === undefined ? "ok" : statusOf(threw), cookie };
  } catch (error) {
    return { status: statusOf(error), cookie: undefined };
  }
}

const statusOf = (error: unknown): "ended" | "failed" => ((error as { code?: string }).code === "COAT_SESSION_ENDED" ? "ended" : "failed");

const explore = (check: (race: Race) => Promise<void>): Promise<void> => fc.assert(fc.asyncProperty(fc.scheduler(), (scheduler) => check(new Race(scheduler))), { numRuns: RUNS });

describe("CC-03 logins that meet other requests", () => {
  it("two users at once, from one stranger's session: each gets their own, and the cart goes to one of them at most", async () => {
    await explore(async (race) => {
      const [alice, bob] = [await race.world.signUp("alice"), await race.world.signUp("bob")];
      const cookie = await race.begin();
      const [one, other] = await race.race(cookie, [({ auth }) => auth.login(alice), ({ auth }) => auth.login(bob)]);
      assert.ok(one?.cookie && other?.cookie);
      const [first, second] = [await race.look(one.cookie), await race.look(other.cookie)];
      assert.deepEqual([first.me, second.me], ["alice", "bob"]);
      assert.ok([first.cart, second.cart].filter((cart) => cart !== undefined).length <= 1);
      assert.deepEqual(await race.look(cookie), { me: null, cart: undefined });
    });
  });

  it("a logout beside a login: the old token is dead, and nobody holds a cookie that the store does not know", async () => {
    await explore(async (race) => {
      const alice = await race.world.signUp("alice");
      const cookie = await race.loggedIn(alice);
      const [login, logout] = await race.race(cookie, [({ auth }) => auth.login(alice), ({ auth }) => auth.logout()]);
      assert.equal((await race.look(cookie)).me, null);
      assert.equal(login?.status, "ok");
      assert.equal((await race.look(login?.cookie)).me, "alice");
      assert.ok(logout?.cookie === null || logout?.cookie === undefined);
      assert.equal(race.memory.size, 1);
    });
  });

  it("revoking all beside a login: whatever was proved before it is over", async () => {
    await explore(async (race) => {
      const alice = await race.world.signUp("alice");
      const [mine, attackers] = [await race.loggedIn(alice), await race.begin()];
      // The attacker has proved it already, and is about to log in.
      let user: User | null = null;
      const holder = race.processes[1].begin(makeView({ method: "POST", headers: { cookie: `__Host-sessionid=${attackers}` } }));
      if (holder.ready !== null) await holder.ready;
      user = await holder.auth.authenticate({ username: "alice", password: PASSWORD });
      assert.ok(user);
      const proved = user;
      const owner = race.processes[0].begin(makeView({ method: "POST", headers: { cookie: `__Host-sessionid=${mine}` } }));
      if (owner.ready !== null) await owner.ready;
      race.gate.scheduled = true;
      const both = Promise.all([finish(owner, ({ auth }) => auth.sessions.revokeOthers()), finish(holder, ({ auth }) => auth.login(proved))]);
      await race.scheduler.waitFor(both);
      race.gate.scheduled = false;
      const [, login] = await both;
      assert.equal((await race.look(mine)).me, "alice");
      assert.equal((await race.look(login.cookie)).me, null, "proved before the epoch was raised");
    });
  });

  for (const [what, slow] of [["write", ({ session }: Coat<AnyData>) => session.set("cart", ["stolen"])], ["touch", ({ session }: Coat<AnyData>) => void session.get("cart")]] as const) {
    it(`a slow ${what} beside a change of password: the changer stays in, nothing else lives`, async () => {
      await explore(async (race) => {
        const alice = await race.world.signUp("alice");
        const cookie = await race.loggedIn(alice);
        race.world.clock.advance(3 * 86_400_000);
        const [changed, late] = await race.race(cookie, [({ auth }) => auth.changePassword({ current: PASSWORD, next: NEXT }), slow]);
        assert.equal(changed?.status, "ok");
        assert.ok(changed.cookie);
        assert.equal((await race.look(changed.cookie)).me, "alice");
        assert.equal((await race.look(cookie)).me, null);
        // CC-04: a late response neither brings an older cookie nor takes the newer one away.
        if (late?.cookie !== undefined) assert.equal(late.cookie, cookie);
      });
    });

    it(`a slow ${what} beside signing out everywhere and beside switching the user off: nobody is in afterwards`, async () => {
      for (const end of [({ auth }: Coat<AnyData>) => auth.sessions.revokeAll(), null]) {
        await explore(async (race) => {
          const alice = await race.world.signUp("alice");
          const cookie = await race.loggedIn(alice);
          race.world.clock.advance(3 * 86_400_000);
          const [, late] = await race.race(cookie, [end ?? (() => race.world.cloakroom.auth.setActive(alice.id, false)), slow]);
          assert.equal((await race.look(cookie)).me, null);
          assert.equal((await race.look(late?.cookie)).me, null);
          assert.equal((await race.memory.listByOwner(alice.id, { now: race.world.clock.now() })).length, 0);
        });
      }
    });
  }

  it("a request that sees the new password before the changer has saved does not throw the changer out", async () => {
    await explore(async (race) => {
      const alice = await race.world.signUp("alice");
      const cookie = await race.loggedIn(alice);
      const [changed] = await race.race(cookie, [({ auth }) => auth.changePassword({ current: PASSWORD, next: NEXT }), ({ auth }) => auth.user()]);
      assert.equal(changed?.status, "ok");
      assert.equal((await race.look(changed?.cookie)).me, "alice");
    });
  });

  it("an elevation beside a logout leaves nobody elevated", async () => {
    await explore(async (race) => {
      const alice = await race.world.signUp("alice");
      const cookie = await race.loggedIn(alice);
      const [elevated, out] = await race.race(cookie, [({ auth }) => auth.elevate("totp"), ({ auth }) => auth.logout()]);
      assert.equal((await race.look(cookie)).me, null);
      if (elevated?.status === "ok") assert.equal(out?.cookie, undefined, "the elevation came first, and its cookie stays");
      else assert.equal((await race.look(elevated?.cookie)).me, null);
      assert.ok(race.memory.size <= 1);
    });
  });
});
