import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck, type CoatcheckOptions } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { beginTimes, cookieSecondsLeft, secondsLeft } from "../../src/session/expiry.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

/** As a real clock: it has moved whenever it is read again. */
class TickingClock extends FakeClock {
  override now(): number {
    this.advance(1);
    return super.now();
  }
}

const maxAgeOf = (line: string | undefined): number => Number(/; Max-Age=(\d+);/.exec(line ?? "")?.[1]);

function setUp(session: CoatcheckOptions["session"] = {}) {
  const clock = new TickingClock();
  const cloakroom = createCoatcheck<AnyData>({ store: memoryStore(), clock, production: false, session });
  return { clock, cloakroom, visitor: new Visitor(cloakroom) };
}

describe("LC-13 on a clock that goes on while a request is answered", () => {
  it("E7 the cookie of a new session says 1209600 seconds, to the second", async () => {
    const { visitor } = setUp();
    assert.equal(maxAgeOf((await visitor.visit(({ session }) => session.set("a", 1))).setCookies[0]), 1_209_600);
  });

  it("so does one of its own, a renewed and a rotated one; the record ends within that second", async () => {
    const { visitor, clock, cloakroom } = setUp({ idleTimeout: "1h" });
    const check = async (line: string | undefined, seconds: number): Promise<void> => {
      assert.equal(maxAgeOf(line), seconds);
      const [listed] = await cloakroom.sessions.list();
      assert.ok(Math.abs((listed?.expiresAt ?? 0) - clock.now() - seconds * 1000) < 1000);
    };
    await visitor.run(({ session }) => session.set("a", 1));
    clock.advance(10 * 60_000);
    await check((await visitor.visit(({ session }) => session.get("a"))).setCookies[0], 3600);
    await check((await visitor.visit(({ session }) => session.setExpiry("5m"))).setCookies[0], 300);
    await check((await visitor.visit(({ session }) => session.rotate())).setCookies[0], 300);
  });

  it("expiryAge never says more than what is left", () => {
    const times = beginTimes({ idleSeconds: 60, absoluteSeconds: null, persistent: true, renewFraction: 0.1 }, 0);
    assert.deepEqual([0, 1, 999, 1000, 59_999, 60_000, 70_000].map((now) => secondsLeft(times, now)), [60, 59, 59, 59, 0, 0, 0]);
    assert.deepEqual([0, 1, 999, 1000, 59_999, 60_000, 70_000].map((now) => cookieSecondsLeft(times, now)), [60, 60, 60, 59, 1, 0, 0]);
  });

  it("CK-22 a session that lives longer than browsers keep cookies gets a cookie of 400 days", async () => {
    const { visitor } = setUp({ idleTimeout: "500d", absoluteTimeout: null });
    assert.equal(maxAgeOf((await visitor.visit(({ session }) => session.set("a", 1))).setCookies[0]), 34_560_000);
  });
});

describe('session.renew "never"', () => {
  it("neither looking nor changing moves the end; setExpiry does", async () => {
    const { visitor, clock } = setUp({ idleTimeout: "1h", renew: "never" });
    await visitor.run(({ session }) => session.set("a", 1));
    clock.advance(40 * 60_000);
    await visitor.run(({ session }) => session.set("a", 2));
    clock.advance(19 * 60_000);
    assert.equal(await visitor.run(({ session }) => session.get("a")), 2);
    await visitor.run(({ session }) => void session.setExpiry("1h"));
    clock.advance(59 * 60_000);
    assert.equal(await visitor.run(({ session }) => session.get("a")), 2);
    clock.advance(2 * 60_000);
    assert.equal(await visitor.run(({ session }) => session.get("a")), undefined);
  });
});
