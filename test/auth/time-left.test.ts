import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Coat } from "coatcheck";
import { timeLeft, type TimeLeft } from "coatcheck/auth";
import { LoginWorld } from "../support/login-world.ts";
import type { AnyData } from "../support/view.ts";

const DAY = 86_400;
const ask = (coat: Coat<AnyData>): Promise<TimeLeft> => timeLeft(coat);

describe("how long a session has left", () => {
  for (const route of [{ passive: true }, { lazy: true }]) {
    it(`is told in seconds, with the limit that ends it, and asking moves nothing (${Object.keys(route)[0]})`, async () => {
      const world = new LoginWorld();
      await world.signUp("alice");
      const browser = await world.loggedIn("alice");
      assert.deepEqual(await browser.run(ask, { route }), { secondsLeft: 14 * DAY, endsBecause: "idle" });
      for (let day = 1; day < 14; day++) {
        world.clock.advance(DAY * 1000);
        const { result, setCookies } = await browser.visit(ask, { route });
        assert.deepEqual([result, setCookies], [{ secondsLeft: (14 - day) * DAY, endsBecause: "idle" }, []]);
      }
      world.clock.advance(DAY * 1000);
      assert.deepEqual(await browser.run(ask, { route }), { secondsLeft: null, endsBecause: null });
    });
  }

  it("says when activity will not help", async () => {
    const world = new LoginWorld({}, { session: { idleTimeout: "2h", absoluteTimeout: "3h" } });
    await world.signUp("alice");
    const browser = await world.loggedIn("alice");
    world.clock.advance(90 * 60_000);
    assert.equal(await browser.me(), "alice");
    assert.deepEqual(await browser.run(ask, { route: { passive: true } }), { secondsLeft: 90 * 60, endsBecause: "absolute" });
  });

  it("says nothing to strangers, and gives them nothing", async () => {
    const world = new LoginWorld();
    const { result, setCookies } = await world.browser().visit(ask, { route: { passive: true } });
    assert.deepEqual([result, setCookies, world.memory.size], [{ secondsLeft: null, endsBecause: null }, [], 0]);
  });
});
