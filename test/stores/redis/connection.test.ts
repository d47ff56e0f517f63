import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
