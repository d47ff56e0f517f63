import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Connection } from "../../src/manager/connection.ts";
import { parseAddress, parseNetwork, isInNetwork } from "../../src/manager/address.ts";
import { trustProxies, type TrustProxy } from "../../src/manager/proxy.ts";
import { makeView } from "../support/view.ts";

const PROXY = "10.0.0.7";

function read(trust: TrustProxy | undefined, headers: Record<string, string>, peerAddress = PROXY, url = "http://shop.example/"): Connection {
  return trustProxies(trust)(makeView({ url, headers, peerAddress }));
}

describe("PX-01 forwarding headers", () => {
  const spoofed = { "x-forwarded-proto": "https", forwarded: "proto=https;for=1.2.3.4", "x-forwarded-ssl": "on", "x-forwarded-host": "evil.example", "x-forwarded-for": "1.2.3.4" };

  it("are ignored until somebody says who may send them", () => {
    const connection = read(undefined, spoofed);
    assert.equal(connection.kind, "insecure");
    assert.equal(connection.host, "shop.example");
    assert.equal(connection.clientAddress, PROXY);
  });

  it("are ignored from anybody else than the proxies that are named", () => {
    const connection = read(["10.0.0.0/24"], spoofed, "203.0.113.9");
    assert.equal(connection.kind, "insecure");
    assert.equal(connection.host, "shop.example");
    assert.equal(connection.clientAddress, "203.0.113.9");
  });

  it("make a request that came over loopback one from elsewhere", () => {
    assert.equal(read(undefined, {}, "127.0.0.1", "http://localhost:3000/").kind, "loopback");
    assert.equal(read(undefined, { "x-forwarded-for": "1.2.3.4" }, "127.0.0.1", "http://localhost:3000/").kind, "insecure");
    assert.equal(read(undefined, { origin: "https://shop.example" }, "127.0.0.1", "http://localhost:3000/").kind, "insecure");
    assert.equal(read(undefined, {}, "203.0.113.9", "http://localhost:3000/").kind, "insecure");
    assert.equal(read(undefined, {}, "::ffff:127.0.0.1", "http://localhost:3000/").kind, "loopback");
  });
});

describe("PX-02 behind a proxy that is trusted", () => {
  const https = (headers: Record<string, string>): boolean => read(1, headers).kind === "secure";

  it("https is what every hop calls https", () => {
    assert.equal(https({ "x-forwarded-proto": "https" }), true);
    assert.equal(https({ "x-forwarded-proto": " HTTPS " }), true);
    assert.equal(https({ forwarded: 'for=1.2.3.4; Proto="https"' }), true);
    assert.equal(https({ forwarded: "proto=https", "x-forwarded-proto": "https" }), true);
  });

  it("lists, repeats and conflicts resolve to http", () => {
    for (const headers of [
      { "x-forwarded-proto": "https,http" },
      { "x-forwarded-proto": "http, https" },
      { "x-forwarded-proto": "https", forwarded: "proto=http" },
      { forwarded: "proto=https, proto=http" },
      { "x-forwarded-proto": "" },
      { "x-forwarded-proto": "httpsx" },
      { "x-forwarded-proto": "https,".repeat(1000) },
      { "x-forwarded-ssl": "on" },
      { x_forwarded_proto: "https" },
    ]) {
      assert.equal(https(headers), false, JSON.stringify(headers).slice(0, 80));
    }
  });

  it("PX-06 underscores are not dashes", () => {
    assert.equal(https({ x_forwarded_proto: "https" }), false);
  });

  it("the connection's own scheme holds when the proxy says nothing", () => {
    assert.equal(read(1, {}, PROXY, "https://shop.example/").kind, "secure");
    assert.equal(read(1, { "x-forwarded-proto": "http" }, PROXY, "https://shop.example/").kind, "insecure");
  });
});

describe("PX-04 the host", () => {
  it("is taken from a trusted proxy when it says one, and one that could be a host", () => {
    assert.equal(read(1, { "x-forwarded-host": "www.shop.example:8443" }).host, "www.shop.example:8443");
    for (const odd of ["a.example, b.example", "evil.example/path", "user@evil.example", "evil.example\r\n", ""]) assert.equal(read(1, { "x-forwarded-host": odd }).host, "shop.example", odd);
  });
});

describe("PX-05 the client's address", () => {
  const client = (trust: TrustProxy, list: string): string | undefined => read(trust, { "x-forwarded-for": list }).clientAddress;

  it("is counted from the right: what the client wrote itself never counts", () => {
    assert.equal(client(1, "198.51.100.4"), "198.51.100.4");
    assert.equal(client(1, "1.1.1.1, 2.2.2.2, 198.51.100.4"), "198.51.100.4");
    assert.equal(client(2, "1.1.1.1, 198.51.100.4, 10.0.0.6"), "198.51.100.4");
    assert.equal(client(["10.0.0.0/8"], "1.1.1.1, 198.51.100.4, 10.0.0.6"), "198.51.100.4");
    assert.equal(client(1, ""), PROXY);
    assert.equal(client(1, "rubbish"), PROXY);
    assert.equal(client(1, "rubbish, 198.51.100.4"), "198.51.100.4");
    assert.equal(client(1, "1.2.3.4,".repeat(1000)), PROXY);
  });

  it("folds IPv4 in IPv6, and ports fall off", () => {
    assert.equal(client(1, "::ffff:198.51.100.4"), "198.51.100.4");
    assert.equal(client(1, "198.51.100.4:5123"), "198.51.100.4");
    assert.equal(client(1, "[2001:db8::1]:443"), "2001:db8::1");
    assert.equal(read(["10.0.0.7"], { "x-forwarded-for": "198.51.100.4" }, "::ffff:10.0.0.7").clientAddress, "198.51.100.4");
    assert.equal(read(1, { forwarded: 'for="[2001:db8::1]:443";proto=https' }).clientAddress, "2001:db8::1");
  });
});

describe("addresses and networks", () => {
  it("refuse what is none, at start", () => {
    for (const bad of ["", "10.0.0", "10.0.0.256", "10.0.0.1/33", "10.0.0.01", "::1::", "fd00::/129", "localhost", "10.0.0.0/8/8", "1:2:3:4:5:6:7:8:9", "g::1"]) {
      assert.equal(parseNetwork(bad), null, bad);
      assert.throws(() => trustProxies([bad]), { code: "COAT_CONFIGURATION", message: /trustProxy/ });
    }
  });

  it("know what lies inside", () => {
    const inside = (address: string, network: string): boolean => isInNetwork(address, parseNetwork(network) ?? assert.fail());
    assert.equal(inside("10.255.0.1", "10.0.0.0/8"), true);
    assert.equal(inside("11.0.0.1", "10.0.0.0/8"), false);
    assert.equal(inside("fd12::1", "fd00::/8"), true);
    assert.equal(inside("10.0.0.1", "::/0"), false);
    assert.equal(inside("1.2.3.4", "0.0.0.0/0"), true);
    assert.deepEqual(parseAddress("::ffff:10.0.0.1"), parseAddress("10.0.0.1"));
    assert.equal(parseAddress("1".repeat(100_000)), null);
  });
});
