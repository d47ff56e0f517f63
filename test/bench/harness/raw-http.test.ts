import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeExchange, parseWire } from "../../../bench/harness/raw-http.ts";

describe("requests without a connection", () => {
  it("are real ones: the response is written, chunked where it has no length, and finishes", async () => {
    const { request, response, socket } = makeExchange("/read", { host: "shop.example", cookie: "a=1" }, true);
    assert.equal(request.headers.cookie, "a=1");
    assert.equal(request.url, "/read");
    await new Promise<void>((resolve) => {
      response.on("finish", resolve);
      response.setHeader("Set-Cookie", ["a=1; Path=/", "b=2"]);
      response.statusCode = 201;
      response.write("first ");
      response.end("second");
    });
    assert.deepEqual(parseWire(socket.heard.join("")), { status: 201, body: "first second", setCookies: ["a=1; Path=/", "b=2"] });
  });

  it("keep nothing of what is written unless they are asked to listen", async () => {
    const { response, socket } = makeExchange("/", {});
    await new Promise<void>((resolve) => {
      response.on("finish", resolve);
      response.end("body");
    });
    assert.deepEqual(socket.heard, []);
  });

  it("read a plain body, and refuse a response that is cut", () => {
    assert.equal(parseWire("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody").body, "body");
    assert.throws(() => parseWire("HTTP/1.1 200 OK\r\nConte"), /no complete head/);
    assert.throws(() => parseWire("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5"), /cut/);
  });
});
