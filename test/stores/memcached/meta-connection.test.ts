import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { NotSentError } from "../../../src/stores/memcached.ts";
import { MetaConnection } from "../../../src/stores/memcached/meta-connection.ts";

/** A server that answers each line as it is told; undefined: not at all. */
async function startServer(t: TestContext, answer: (line: string, connection: number) => string | undefined) {
  let connections = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const number = ++connections;
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      for (const line of chunk.toString().split("\r\n")) {
        const text = line === "" ? undefined : answer(line, number);
        if (text !== undefined) socket.write(`${text}\r\n`);
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const connection = new MetaConnection("127.0.0.1", (server.address() as AddressInfo).port);
  t.after(() => {
    connection.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { connection, sockets, connections: () => connections };
}

const opaqueIn = (line: string): string => / (O\d+)/.exec(line)?.[1] ?? "";

/** The event loop stands still for so long. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe("a connection to memcached", () => {
  it("is kept when the process was busy and the answer is there, unread", async (t) => {
    const { connection, connections } = await startServer(t, (line) => `HD ${opaqueIn(line)}`);
    await connection.send("md a", "", undefined);
    const first = connection.send("md b", "", undefined);
    // The server, in this very process, answers the first one before the loop stands still.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const second = connection.send("md c", "", undefined);
    block(1100);
    const third = connection.send("md d", "", undefined);
    assert.deepEqual((await Promise.all([first, second, third])).map(({ code }) => code), ["HD", "HD", "HD"]);
    assert.equal(connections(), 1);
  });

  it("is left when the server has stopped answering; what has not left yet goes over a new one", async (t) => {
    const { connection, connections } = await startServer(t, (line, number) => (number === 1 && !line.startsWith("md a") ? undefined : `HD ${opaqueIn(line)}`));
    await connection.send("md a", "", undefined);
    const lost = assert.rejects(connection.send("md b", "", undefined), (error) => !(error instanceof NotSentError) && /stopped answering/.test(String(error)));
    await new Promise((resolve) => setImmediate(resolve));
    block(1100);
    const next = connection.send("md c", "", undefined);
    await lost;
    assert.equal((await next).code, "HD");
    assert.equal(connections(), 2);
  });

  it("gives nobody an answer that is not his", async (t) => {
    const { connection, connections } = await startServer(t, (line, number) => (number === 1 && line.startsWith("mg b") ? "HD O999" : `HD ${opaqueIn(line)}`));
    await connection.send("mg a", "", undefined);
    const both = await Promise.allSettled([connection.send("mg b", "", undefined), connection.send("mg c", "", undefined)]);
    for (const one of both) assert.match(one.status === "rejected" ? String(one.reason) : one.status, /out of turn/);
    assert.equal((await connection.send("mg d", "", undefined)).code, "HD");
    assert.equal(connections(), 2);
  });

  it("takes misses and errors without the mark, as older servers give them", async (t) => {
    const { connection } = await startServer(t, (line) => (line.startsWith("mg") ? "EN" : "CLIENT_ERROR bad data chunk Of something"));
    assert.equal((await connection.send("mg a", "", undefined)).code, "EN");
    assert.equal((await connection.send("md a", "", undefined)).code, "CLIENT_ERROR");
  });
});
