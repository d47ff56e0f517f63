import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Match, mergeComparisons, proveContender } from "../../bench/compare.ts";
import type { Comparison } from "../../bench/compare.ts";
import type { Answer, Ask, Contender } from "../../bench/contenders/contender.ts";
import { Probe } from "../../bench/contenders/contender.ts";
import { bareFastify, fastifySecureSessionContender, fastifySessionContender } from "../../bench/contenders/fastify-contenders.ts";
import { bareExpress, coatcheckExpress, expressSessionContender } from "../../bench/contenders/express-contenders.ts";
import { bareFetch, coatcheckFetch, coatcheckFetchSealed, floorFetch } from "../../bench/contenders/fetch-contenders.ts";
import { fetchDoor } from "../../bench/contenders/doors.ts";
import { wallMeter } from "../../bench/harness/meter.ts";
import type { Row } from "../../bench/rows.ts";
import { ROWS, rowOf, STRANGER, USER } from "../../bench/rows.ts";

const FEW: readonly Row[] = ROWS.map((row) => ({ ...row, sessions: Math.min(row.sessions, 16), operations: 32 }));

async function compare(contenders: readonly Contender[], rows: readonly Row[]): Promise<Comparison> {
  const match = await Match.open(contenders, rows, { meter: wallMeter });
  await match.run(1, false);
  await match.run(2, true);
  return await match.finish();
}

describe("contenders of the benchmark", () => {
  const contenders: Record<string, () => Contender | Promise<Contender>> = {
    bareFetch,
    floorFetch,
    coatcheckFetch,
    coatcheckFetchSealed,
    bareExpress,
    coatcheckExpress,
    expressSessionContender,
    bareFastify,
    fastifySessionContender,
    fastifySecureSessionContender,
  };
  for (const [name, make] of Object.entries(contenders)) {
    it(`${name} answers every row rightly`, async () => {
      await proveContender(await make(), ROWS);
    });
  }

  it("are compared with what they add over their framework, writes counted", async () => {
    const { added, baselines } = await compare([bareFetch(), floorFetch(), coatcheckFetch(), bareExpress(), expressSessionContender()], FEW);
    assert.deepEqual([...new Set(added.map((one) => one.contender))], ["floor", "coatcheck/fetch", "express-session 1.19"]);
    assert.equal(added.length, 3 * ROWS.length);
    assert.equal(baselines.length, 2 * ROWS.length);
    for (const one of [...added, ...baselines]) assert.ok(Number.isFinite(one.microseconds));
  });
});

describe("comparisons of several processes", () => {
  it("are put together: what was added side by side, a bare framework once", () => {
    const baseline = (microseconds: number): Comparison["baselines"][number] => ({ contender: "bare", row: "read", microseconds, nothing: 0.1 });
    const added = (contender: string): Comparison["added"][number] => ({ contender, row: "read", microseconds: 1, uncertainty: 0, bytes: 0 });
    const merged = mergeComparisons([3, 5, 4].map((microseconds) => ({ added: [added(`of ${microseconds}`)], baselines: [baseline(microseconds)] })));
    assert.deepEqual(merged.added.map((one) => one.contender), ["of 3", "of 5", "of 4"]);
    assert.deepEqual(merged.baselines, [baseline(4)]);
  });
});

/** A contender over a handler of the fetch API whose one session is a variable. */
function madeUp(handle: (path: string, cookie: string, probe: Probe, session: { visits: number }) => string): Contender {
  const probe = new Probe();
  const session = { visits: 1 };
  let seeds = 0;
  const handler = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/seed/")) {
      session.visits = 1;
      return new Response("seeded", { headers: { "set-cookie": `sid=${++seeds}` } });
    }
    return new Response(handle(pathname, request.headers.get("cookie") ?? "", probe, session));
  };
  return { name: "made up", baseline: "bare fetch handler", cannot: new Map(), keeps: "stored", door: fetchDoor(handler), probe };
}

describe("a contender that does not do the work", () => {
  const right = (path: string, cookie: string, probe: Probe, session: { visits: number }): string => {
    if (path === "/anonymous") return STRANGER;
    if (!cookie.includes("sid=")) return "";
    if (path === "/visits") return String(session.visits);
    probe.saw(true);
    return path === "/read" ? USER : String(++session.visits);
  };

  it("passes when it does", async () => {
    await proveContender(madeUp(right), [rowOf("anonymous"), rowOf("write")]);
  });

  it("is refused for a wrong value", async () => {
    await assert.rejects(proveContender(madeUp((path, ...rest) => (path === "/read" ? "eve" : right(path, ...rest))), ROWS), /the body should be ada/);
  });

  it("is refused for forgetting a write", async () => {
    const forgets = madeUp((path, cookie, probe, session) => (path === "/write" ? (probe.saw(true), "2") : right(path, cookie, probe, session)));
    await assert.rejects(proveContender(forgets, [rowOf("write")]), /the body should be 3/);
  });

  it("is refused when its handler never looked", async () => {
    const blind = madeUp((path, cookie, probe, session) => (path === "/read" ? USER : right(path, cookie, probe, session)));
    await assert.rejects(proveContender(blind, [rowOf("read")]), /did not look at the session once/);
  });

  it("is refused for opening a session to a cookie that was cut", async () => {
    const trusting = madeUp((path, cookie, probe, session) => (path === "/visits" ? "1" : right(path, cookie, probe, session)));
    await assert.rejects(proveContender(trusting, [rowOf("read")]), /a cookie that was cut opens the session/);
  });

  it("is refused for setting a cookie on a read", async () => {
    const made = madeUp(right);
    const door = { ...made.door, send: async (ask: Ask): Promise<Answer> => ({ ...(await made.door.send(ask)), setCookies: ["sid=again"] }) };
    await assert.rejects(proveContender({ ...made, door }, [rowOf("anonymous")]), /a cookie was set although nothing changed/);
  });

  it("voids the numbers when it loses writes during the rounds", async () => {
    // All its "sessions" are one variable, so each of them counts the writes of all.
    const row: Row = { ...rowOf("write"), sessions: 16, operations: 32 };
    await assert.rejects(compare([bareFetch(), madeUp(right)], [row]), /lost writes/);
  });

  it("stops the rounds when an answer is not a 200", async () => {
    const door = fetchDoor(async () => new Response("no", { status: 503 }));
    await assert.rejects(async () => door.prepare([{ path: "/read", cookie: "" }], 1).run(() => undefined), /Status 503/);
  });
});
