import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { attackShop, SESSION_HOMES, type AttackedShop } from "../support/attacked-shop.ts";
import { ask, askRaw } from "../support/http.ts";
import type { ShopReader } from "../support/shop-reader.ts";

/** What the dashboard tells of a visitor. */
interface Seen {
  readonly status: number;
  readonly who: string;
  readonly theme: string;
  readonly text: string;
}

for (const sessions of SESSION_HOMES) describe(`with sessions in ${sessions}`, () => {
  let world: AttackedShop;
  let alma: ShopReader;
  let mallory: ShopReader;
  /** The session cookies of the two, as they are sent: `sessionid=…`. */
  let hers: string;
  let his: string;
  before(async () => {
    world = await attackShop(sessions);
    [alma, mallory] = [await world.enter("Alma"), await world.enter("Mallory")];
    [hers, his] = [`sessionid=${alma.token()}`, `sessionid=${mallory.token()}`];
  });
  after(() => world[Symbol.asyncDispose]());

  /** Sends these Cookie lines byte for byte. */
  async function look(...cookieLines: string[]): Promise<Seen> {
    const head = ["GET /dashboard HTTP/1.1", `Host: 127.0.0.1:${world.server.port}`, ...cookieLines.map((line) => `Cookie: ${line}`), "Connection: close", "", ""];
    const text = (await askRaw(world.server.port, Buffer.from(head.join("\r\n"), "latin1"))).toString("utf8");
    return {
      status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]),
      who: /<h1>Hello, ([^<]*)<\/h1>/.exec(text)?.[1] ?? "",
      theme: /class="theme-(\w+)"/.exec(text)?.[1] ?? "",
      text,
    };
  }

  const whoIs = async (...cookieLines: string[]): Promise<string> => {
    const { status, who } = await look(...cookieLines);
    assert.equal(status, 200, cookieLines.join(" | ").slice(0, 200));
    return who;
  };

  it("CK-13 the header is divided at semicolons, names end at the first equals sign, and no other character means anything", async () => {
    assert.equal((await look(`x="a; theme=dark; y="; ${hers}`)).theme, "dark");
    assert.deepEqual([await whoIs(`$Version=1; ${hers}; $Path=/`), await whoIs(`\t ${hers} \t; x=y`), await whoIs(`x=y;${hers}`)], ["Alma", "Alma", "Alma"]);
    for (const line of [`x=y, ${hers}`, `x=y,${hers}`, `x="y"${hers}`, `s\\essionid=${alma.token()}`, `%73essionid=${alma.token()}`, `session%69d=${alma.token()}`, `sessionid="${alma.token()}"`, `sessionid==${alma.token()}`, `sessionid= =${alma.token()}`]) {
      assert.equal(await whoIs(line), "Guest", line.slice(0, 40));
    }
    for (const line of ["theme=dark, x=y", "th%65me=dark", 'x="; theme=light"; theme=darkness', "theme=dark=", "theme=\\dark"]) assert.equal((await look(line)).theme, "light", line);
  });

  it("CK-14 white space of other kinds is part of a name, before and behind it", async () => {
    // As bytes: NBSP, BOM, NEL, the spaces and the line separators of Unicode, vertical tab, form feed, soft hyphen.
    const spaces = ["\xa0", "\xef\xbb\xbf", "\xc2\x85", "\x85", "\xc2\xa0", "\xe2\x80\x80", "\xe2\x80\x83", "\xe2\x80\x8b", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe3\x80\x80", "\xe1\x9a\x80", "\xad", "\x1c", "\x0b", "\x0c"];
    for (const space of spaces) {
      for (const name of [`${space}sessionid`, `sessionid${space}`, `${space}sessionid${space}`, `${space} sessionid`, `sessionid ${space}`]) {
        const planted = `${name}=${mallory.token()}`;
        // Some of these bytes make the whole request one that Node's parser refuses.
        for (const [line, expected] of [[planted, "Guest"], [`${planted}; ${hers}`, "Alma"], [`${hers}; ${planted}`, "Alma"]] as const) {
          const { status, who } = await look(line);
          assert.ok(status === 400 || who === expected, `${JSON.stringify(name)}: ${status} ${who}`);
        }
      }
    }
  });

  it("CK-15 a cookie without a name never gets one", async () => {
    for (const nameless of [`=${his}`, `==${his}`, `===${his}`, ` = ${his}`, `;=${his}`, mallory.token() ?? "", `="${his}"`]) {
      assert.equal(await whoIs(nameless), "Guest", nameless.slice(0, 20));
      assert.deepEqual([await whoIs(`${nameless}; ${hers}`), await whoIs(`${hers}; ${nameless}`)], ["Alma", "Alma"], nameless.slice(0, 20));
    }
  });

  it("CK-16 names are compared byte for byte", async () => {
    for (const name of ["SessionId", "SESSIONID", "sessionId", "sessionid_", "_sessionid", "session", "sessionid.", "sessionid.0", "__Host-sessionid", "__host-sessionid", "__Secure-sessionid", "\u017fessionid"]) {
      const planted = Buffer.from(`${name}=${mallory.token()}`, "utf8").toString("latin1");
      assert.equal(await whoIs(planted), "Guest", name);
      assert.deepEqual([await whoIs(`${planted}; ${hers}`), await whoIs(`${hers}; ${planted}`)], ["Alma", "Alma"], name);
    }
    assert.equal((await look("Theme=dark; THEME=dark")).theme, "light");
  });

  it("CK-17 two cookies of one name: the order decides nothing, and the planted one never wins", async () => {
    const others = [his, "sessionid=", "sessionid=x", `sessionid=${"A".repeat(43)}`, `sessionid=${(alma.token() ?? "").slice(0, -1)}`];
    for (const other of others) {
      const both = [await whoIs(`${hers}; ${other}`), await whoIs(`${other}; ${hers}`), await whoIs(hers, other), await whoIs(other, hers)];
      assert.equal(new Set(both).size, 1, `${other.slice(0, 20)}: ${both.join()}`);
      assert.notEqual(both[0], "Mallory");
      if (other === his) assert.equal(both[0], "Guest");
    }
    // Nor does a heap of them win, or hide the one that counts from the event that tells of it.
    assert.notEqual(await whoIs(`${`${his}; `.repeat(3)}${hers}`), "Mallory");
  });

  it("CK-18 one bad pair spoils nothing, and nothing makes the shop fail", async () => {
    const seen = await look(`a=1; bad:x=2; =; ;; %E0%A4%A=%E0%A4%A; ${hers}; theme=dark; b`);
    assert.deepEqual([seen.status, seen.who, seen.theme], [200, "Alma", "dark"]);
    for (const broken of ["theme=%", "theme=%E0%A4%A", "language=%00", "wish_list=%FF%FE", "consent=\"", "favorite_color={", "signed_words=%", "sealed_words=%zz", "errand=%", "messages-x=%", "csrftoken=%", "csrfvisitor=%"]) {
      assert.equal(await whoIs(`${broken}; ${hers}`), "Alma", broken);
      assert.equal((await ask(world.server.port, "/cookies", { headers: { cookie: `${broken}; ${hers}` } })).status, 200, broken);
    }
  });

  it("CK-19 several Cookie lines are one", async () => {
    const seen = await look("theme=dark", "x=y", hers);
    assert.deepEqual([seen.who, seen.theme], ["Alma", "dark"]);
  });

  it("CK-20 names that objects have by themselves are names like others", async () => {
    const { status, who, text } = await look(`__proto__=1; constructor=2; toString=3; hasOwnProperty=4; valueOf; ${hers}`);
    assert.deepEqual([status, who], [200, "Alma"]);
    const shown = [...text.matchAll(/class="cookie-name">([^<]+)</g)].map((match) => match[1]);
    assert.deepEqual(shown, ["__proto__", "constructor", "toString", "hasOwnProperty", "sessionid"]);
    assert.equal(({} as Record<string, unknown>)["1"], undefined);
  });

  it("SID-04 what has not the shape of a session's cookie is a stranger's", async () => {
    const token = alma.token() ?? "";
    for (const value of ["", "x", "../../etc/passwd", "..%2f..%2fetc", "a/b", "a\\b", "%00", "[object Object]", "null", "true", "é".repeat(43), "A".repeat(12_000), `${token}${token}`.slice(0, 12_000), token.slice(1), token.toUpperCase(), [...token].reverse().join("")]) {
      assert.equal(await whoIs(Buffer.from(`sessionid=${value}`, "utf8").toString("latin1")), "Guest", value.slice(0, 40));
    }
    assert.deepEqual(world.reported, []);
  });

  it("SID-07 a session is taken from its cookie and from nowhere else", async () => {
    const token = alma.token() ?? "";
    const greet = async (path: string, headers: Record<string, string> = {}): Promise<string> => /<h1>Hello, ([^<]*)</.exec((await ask(world.server.port, path, { headers })).text)?.[1] ?? "";
    for (const path of [`/dashboard?sessionid=${token}`, `/dashboard?sid=${token}`, `/dashboard;sessionid=${token}`, `/dashboard#sessionid=${token}`]) assert.notEqual(await greet(path), "Alma", path.slice(0, 30));
    for (const [name, value] of [["x-session-id", token], ["sessionid", token], ["authorization", `Bearer ${token}`], ["authorization", `Session ${token}`], ["cookie2", hers], ["x-cookie", hers], ["set-cookie", hers]] as const) {
      assert.equal(await greet("/dashboard", { [name]: value }), "Guest", name);
    }
    const form = await ask(world.server.port, "/session/note", { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: `sessionid=${token}&note=mine` });
    assert.equal(form.status, 403);
  });

  it("SID-03 a session that the shop did not begin is never adopted", async () => {
    const made = sessions === "sqlite" ? "A".repeat(43) : `1.abcd.${"A".repeat(300)}`;
    const victim = world.open();
    victim.jar.receive([`sessionid=${made}; Path=/`], world.server.url, world.clock.now());
    await victim.post("/cart/the-ninth-tide");
    assert.notEqual(victim.token(), made);
    const ended = await world.enter("SID-03 Berta");
    const dead = ended.token() ?? "";
    await ended.post("/logout");
    for (const planted of [made, dead]) {
      const reader = world.open();
      reader.jar.receive([`sessionid=${planted}; Path=/`], world.server.url, world.clock.now());
      await reader.post("/session/note", { note: "mine" });
      assert.notEqual(reader.token(), planted);
      assert.equal(await reader.greeting(), "Guest");
      assert.doesNotMatch((await ask(world.server.port, "/session", { headers: { cookie: `sessionid=${planted}` } })).text, /<q>mine<\/q>/);
    }
  });
});
