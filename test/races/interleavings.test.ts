import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stateOf } from "../../src/session/session.ts";
import { asCookie, explore, RaceWorld, type Handler } from "../support/race-world.ts";

const set =
  (key: string, value: unknown): Handler =>
  ({ session }) =>
    void session.set(key, value);
const flush: Handler = ({ session }) => session.flush();
const rotate: Handler = ({ session }) => session.rotate();

describe("I1 no lost update", () => {
  it("CC-05 parallel requests that set different keys all survive, within a process and between two", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ start: 0 });
      const keys = ["a", "b", "c", "d", "e", "f"];
      const answers = await world.race(cookie, keys.map((key, n) => set(key, n)));
      assert.deepEqual(answers.map((answer) => answer.status), keys.map(() => "ok"));
      assert.deepEqual(await world.valuesOf(cookie), { start: 0, a: 0, b: 1, c: 2, d: 3, e: 4, f: 5 });
    }));

  it("PAIN-01 parallel change() of one key gives the sum, and arrays keep every item", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ visits: 0, cart: [] });
      const add =
        (n: number): Handler =>
        ({ session }) => {
          session.change("visits", (visits) => (visits as number) + 1);
          session.change("cart", (cart) => [...(cart as number[]), n]);
        };
      await world.race(cookie, [0, 1, 2, 3, 4].map(add));
      const { visits, cart } = await world.valuesOf(cookie);
      assert.equal(visits, 5);
      assert.deepEqual((cart as number[]).toSorted(), [0, 1, 2, 3, 4]);
    }));

  it("a key that one request deletes and another sets ends as one of the two said", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ kept: 1, contested: "old" });
      await world.race(cookie, [({ session }) => void session.delete("contested"), set("contested", "new")]);
      const values = await world.valuesOf(cookie);
      assert.equal(values["kept"], 1);
      assert.ok(values["contested"] === "new" || !("contested" in values));
    }));

  it("a session that one request empties while another fills it keeps what was put in", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ only: 1 });
      const [emptied, filled] = await world.race(cookie, [({ session }) => session.clear(), set("new", 2)]);
      if (filled?.status === "ok") assert.deepEqual(await world.valuesOf(cookie), { new: 2 });
      else assert.deepEqual(await world.recordTexts(), []);
      assert.equal(emptied?.status, "ok");
    }));

  it("onKeyConflict: fail tells the loser, and keeps the winner's value", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler, { session: { onKeyConflict: "fail" } });
      const cookie = await world.begin({ a: 0 });
      const answers = await world.race(cookie, [set("a", 1), set("a", 2)]);
      const winner = answers.findIndex((answer) => answer.status === "ok");
      assert.deepEqual(answers.map((answer) => answer.status).toSorted(), ["failed", "ok"]);
      assert.deepEqual(await world.valuesOf(cookie), { a: winner + 1 });
    }));
});

describe("I2 no resurrection", () => {
  it("CC-01 PAIN-02 requests that write while another logs out bring nothing back, and touch no cookie", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ user: "ada" });
      const [logout, ...writers] = await world.race(cookie, [flush, set("late", 1), ({ session }) => void session.change("later", () => 1), set("last", 2)]);
      assert.equal(logout?.status, "ok");
      for (const writer of writers) assert.equal(writer.cookie, undefined, "CC-04");
      assert.deepEqual(await world.recordTexts(), []);
    }));

  it("CC-03 a request that writes while another rotates: its change is taken over, or it is told", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ user: "ada" });
      const [rotation, writer] = await world.race(cookie, [rotate, set("late", 1)]);
      assert.equal(rotation?.status, "ok");
      assert.equal(writer?.cookie, undefined);
      assert.deepEqual(await world.valuesOf(cookie), {}, "the old token is dead");
      assert.deepEqual(await world.valuesOf(asCookie(rotation?.cookie ?? "")), writer?.status === "ok" ? { user: "ada", late: 1 } : { user: "ada" });
    }));

  it("CC-07 LC-06 parallel rotations leave one live successor, and never the old one", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ user: "ada" });
      const answers = await world.race(cookie, [rotate, rotate, rotate]);
      const tokens = answers.flatMap((answer) => (typeof answer.cookie === "string" ? [answer.cookie] : []));
      assert.equal(tokens.length, 1);
      assert.deepEqual(await world.valuesOf(asCookie(tokens[0] as string)), { user: "ada" });
      assert.equal((await world.recordTexts()).length, 1);
    }));

  it("CC-03 logout against rotation: the old token is dead, and a session that lives was answered for", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ user: "ada" });
      const [, rotation] = await world.race(cookie, [flush, rotate]);
      assert.deepEqual(await world.valuesOf(cookie), {});
      assert.equal((await world.recordTexts()).length, rotation?.status === "ok" ? 1 : 0);
    }));

  it("CC-02 a renewal that meets a logout revives nothing, and sends no cookie once the session is dead", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler, { session: { renew: "always" } });
      const cookie = await world.begin({ user: "ada" });
      world.clock.advance(1000);
      let confirmed = false;
      const touch = world.memory.touch.bind(world.memory);
      world.memory.touch = async (...call) => (confirmed = await touch(...call));
      const [, reader] = await world.race(cookie, [flush, ({ session }) => void session.get("user")]);
      assert.deepEqual(await world.recordTexts(), []);
      assert.equal(typeof reader?.cookie === "string", confirmed, "the cookie is sent if and only if the store confirmed that the session lives");
    }));
});

describe("two parallel logins", () => {
  it("the second gets a fresh session, never the other user's data", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ cart: ["a"] });
      const login =
        (user: string): Handler =>
        ({ session }) => {
          stateOf(session).rotation = "login";
          session.set("user", user);
        };
      const answers = await world.race(cookie, [login("ada"), login("grace")]);
      for (const [n, user] of ["ada", "grace"].entries()) {
        assert.equal(answers[n]?.status, "ok");
        assert.equal((await world.valuesOf(asCookie(answers[n]?.cookie ?? "")))["user"], user);
      }
      assert.equal((await world.recordTexts()).filter((text) => text.includes("cart")).length, 1, "the cart went with one of them");
    }));
});
