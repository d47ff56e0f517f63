import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StoreUnavailable } from "../../../src/errors.ts";
import { redisStore } from "../../../src/stores/redis.ts";
import { connect } from "../../../src/stores/redis/connection.ts";

describe("CC-10 a connection that is to be made anew", () => {
  it("is left alone when ioredis is connecting by then: in the middle of that, `disconnect` would end it for ever", () => {
    const calls: unknown[] = [];
    const client = { status: "ready", call: async () => "PONG", on: () => {}, off: () => {}, disconnect: (again: unknown) => calls.push(again) };
    const [link] = connect(client as never, 2000).links();
    client.status = "connecting";
    link?.reconnect();
    assert.deepEqual(calls, []);
    client.status = "ready";
    link?.reconnect();
    assert.deepEqual(calls, [true]);
  });
});

describe("commands for node-redis", () => {
  const optionsOf = async (options: object | undefined, isReady: boolean): Promise<unknown> => {
    let seen: unknown;
    const client = { isReady, options, sendCommand: async (_args: string[], given: unknown) => (seen = given) };
    const connection = connect(client as never, 2000);
    await connection.send("key", ["GET", "key"], connection.takesBack() ? AbortSignal.abort() : undefined);
    return seen;
  };

  it("have no timer each, because all calls share one", async () => {
    for (const options of [undefined, {}, { commandOptions: {} }, { commandOptions: { timeout: 0 } }, { commandOptions: { timeout: 5000 } }]) assert.deepEqual(await optionsOf(options, true), { timeout: 0 });
  });

  it("keep a shorter limit that the application has set", async () => {
    assert.equal(await optionsOf({ commandOptions: { timeout: 1999 } }, true), undefined);
  });

  it("can be taken back while the client is not connected", async () => {
    const given = (await optionsOf(undefined, false)) as { timeout: number; abortSignal: AbortSignal };
    assert.deepEqual([given.timeout, given.abortSignal.aborted], [0, true]);
  });

  it("that fail say what was asked, with a signal and without", async () => {
    const store = redisStore({ isReady: true, sendCommand: async () => Promise.reject(new Error("torn")) } as never);
    for (const options of [undefined, { signal: new AbortController().signal }]) {
      await assert.rejects(store.read("a", options), (error) => error instanceof StoreUnavailable && error.operation === "read a session" && (error.cause as Error).message === "torn");
    }
  });
});
