import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { after, before, describe, it } from "node:test";
import { attackShop, type AttackedShop } from "../support/attacked-shop.ts";
import { headerOf, partsOf } from "../support/chunked-cookie.ts";
import { ask, linesOf } from "../support/http.ts";
import { PASSWORD, type ShopReader } from "../support/shop-reader.ts";

const LONG = "n".repeat(3000);

describe("a session that is sealed in the cookie", () => {
  let world: AttackedShop;
  let alma: ShopReader;
  /** Alma's session in one cookie, and in two. */
  let short: string;
  let long: readonly string[];
  before(async () => {
    world = await attackShop("sealed-cookie");
    alma = await world.enter("Alma");
    [short] = partsOf(alma.cookie() ?? "") as [string];
    await alma.post("/session/note", { note: LONG });
    long = partsOf(alma.cookie() ?? "");
    assert.equal(long.length, 2);
    assert.deepEqual([await whoIs(headerOf([short])), await whoIs(headerOf(long))], ["Alma", "Alma"]);
  });
  after(async () => {
    assert.deepEqual(world.reported, []);
    await world[Symbol.asyncDispose]();
  });

  /** Whom the shop sees behind these cookies. @throws when it does not answer with a page, or removes the visitor's cookie */
  async function whoIs(cookie: string): Promise<string> {
    const answer = await ask(world.server.port, "/dashboard", { headers: { cookie } });
    assert.equal(answer.status, 200, cookie.slice(0, 80));
    // A browser may hold a newer one by now.
    assert.deepEqual(linesOf(answer, "set-cookie").filter((line) => /^sessionid[^=]*=;/.test(line)), []);
    return /<h1>Hello, ([^<]*)<\/h1>/.exec(answer.text)?.[1] ?? "";
  }

  /** What was told of cookies that are none. */
  async function hear(act: () => Promise<unknown>): Promise<unknown[]> {
    const heard: unknown[] = [];
    const listen = (event: unknown): void => void heard.push((event as { reason?: unknown }).reason);
    subscribe("coatcheck:cookie.malformed", listen);
    try {
      await act();
    } finally {
      unsubscribe("coatcheck:cookie.malformed", listen);
    }
    return heard;
  }

  describe("DS-05 parts", () => {
    const strangers: readonly (readonly [string, () => string | Promise<string>])[] = [
      ["cut at the end", () => headerOf([long[0] ?? "", (long[1] ?? "").slice(0, -1)])],
      ["cut in the middle", () => headerOf([(long[0] ?? "").slice(0, 2000), long[1] ?? ""])],
      ["the second cut to its head", () => headerOf([long[0] ?? "", (long[1] ?? "").slice(0, 7)])],
      ["without the second", () => headerOf(long.slice(0, 1))],
      ["without the first", () => `sessionid.1=${long[1]}`],
      ["the second empty", () => headerOf([long[0] ?? "", ""])],
      ["in the wrong places", () => headerOf([long[1] ?? "", long[0] ?? ""])],
      ["the first twice", () => `${headerOf(long)}; sessionid=${long[0]}`],
      ["the second twice", () => `${headerOf(long)}; sessionid.1=${long[1]}`],
      ["the first in both places", () => headerOf([long[0] ?? "", long[0] ?? ""])],
      ["the count said to be one", () => headerOf([`1${(long[0] ?? "").slice(1)}`])],
      ["the count said to be one, with both", () => headerOf(long.map((part) => `1${part.slice(1)}`))],
      ["the count said to be three, with one made up", () => headerOf([...long.map((part) => `3${part.slice(1)}`), `3${(long[0] ?? "").slice(1, 7)}AAAA`])],
      ["the count said to be nine", () => headerOf(Array.from({ length: 9 }, (_, at) => `9${(long[at % 2] ?? "").slice(1, 400)}`))],
      ["the count said to be none", () => headerOf(long.map((part) => `0${part.slice(1)}`))],
      ["the second's number written otherwise", () => `sessionid=${long[0]}; sessionid.01=${long[1]}`],
      ["a letter moved from one into the other", () => headerOf([(long[0] ?? "").slice(0, -1), `${(long[1] ?? "").slice(0, 7)}${(long[0] ?? "").slice(-1)}${(long[1] ?? "").slice(7)}x`])],
      ["of two generations", async () => {
        await alma.post("/session/note", { note: `${LONG.slice(1)}x` });
        const newer = partsOf(alma.cookie() ?? "");
        assert.equal(newer.length, 2);
        return headerOf([long[0] ?? "", newer[1] ?? ""]);
      }],
      ["of two generations, relabelled as one", () => headerOf([long[0] ?? "", `${(long[0] ?? "").slice(0, 7)}${(partsOf(alma.cookie() ?? "")[1] ?? "").slice(7)}`])],
      ["of two users, relabelled as one", async () => {
        const mallory = await world.enter("DS-05 Mallory");
        await mallory.post("/session/note", { note: LONG });
        return headerOf([partsOf(mallory.cookie() ?? "")[0] ?? "", `${(partsOf(mallory.cookie() ?? "")[0] ?? "").slice(0, 7)}${(long[1] ?? "").slice(7)}`]);
      }],
    ];
    for (const [what, make] of strangers) {
      it(`${what}: a stranger, with one event and no error`, async () => {
        const cookie = await make();
        const heard = await hear(async () => assert.equal(await whoIs(cookie), "Guest"));
        // Without the first part there is no session cookie at all, so there is nothing to tell of.
        assert.equal(heard.length, what === "without the first" ? 0 : 1, String(heard));
      });
    }

    it("that nobody asks for mean nothing: numbers beyond the count, also huge ones and thousands of them", async () => {
      const extra = [`${headerOf(long)}; sessionid.2=x`, `${headerOf(long)}; sessionid.999999999=x`, `sessionid.9=x; ${headerOf([short])}`, `${headerOf([short])}; sessionid.1=${long[1]}`, `${headerOf([short])}; ${Array.from({ length: 500 }, (_, at) => `sessionid.${at + 1}=`).join("; ")}`];
      for (const cookie of extra) assert.equal(await whoIs(cookie), "Alma", cookie.slice(-40));
    });

    it("that are not needed any more are removed when the session shrinks", async () => {
      const reader = await world.enter("DS-05 Berta");
      await reader.post("/session/note", { note: LONG });
      assert.deepEqual(reader.jar.list().map(({ name }) => name).filter((name) => name.startsWith("sessionid")), ["sessionid", "sessionid.1"]);
      await reader.post("/session/note/remove");
      assert.deepEqual(reader.jar.list().map(({ name }) => name).filter((name) => name.startsWith("sessionid")), ["sessionid"]);
      assert.equal(await reader.greeting(), "DS-05 Berta");
      await reader.post("/session/note", { note: LONG });
      await reader.post("/logout");
      assert.deepEqual(reader.jar.list().map(({ name }) => name).filter((name) => name.startsWith("sessionid")), []);
    });
  });

  describe("CK-27 what is altered", () => {
    it("in any letter of what is sealed, is a stranger's: each of them, in the first part and the second", { timeout: 120_000 }, async () => {
      const flip = (text: string, at: number): string => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
      for (let at = 0; at < short.length; at++) assert.equal(await whoIs(headerOf([flip(short, at)])), "Guest", `letter ${at} of ${short.length}`);
      for (const at of [0, 1, 2, 5, 6, 7, 8, 15, 16, 40, 2000, (long[0] ?? "").length - 1]) assert.equal(await whoIs(headerOf([flip(long[0] ?? "", at), long[1] ?? ""])), "Guest", `letter ${at}`);
      for (const at of [0, 2, 6, 7, 40, (long[1] ?? "").length - 1]) assert.equal(await whoIs(headerOf([long[0] ?? "", flip(long[1] ?? "", at)])), "Guest", `letter ${at} of the second`);
    });

    it("or is no sealed text at all, has no second decoder", async () => {
      const record = { user: "1", _auth: { user: "1" } };
      const json = JSON.stringify(record);
      const invented = [json, Buffer.from(json).toString("base64url"), Buffer.from(json).toString("base64"), "null", "e30", `eyJhbGciOiJub25lIn0.${Buffer.from(json).toString("base64url")}.`, "", "."];
      for (const text of invented) for (const head of ["", short.slice(0, 7), "1.AAAA."]) assert.equal(await whoIs(`sessionid=${head}${text}`), "Guest", head + text);
    });
  });

  describe("CK-28 one spelling", () => {
    it("is the only one that opens: no padding, no other alphabet, no stray bits, no blanks", async () => {
      const [head, text] = [short.slice(0, 7), short.slice(7)];
      const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
      const last = alphabet.indexOf(text.at(-1) ?? "");
      // What stands for the same bytes where the last letter has bits to spare.
      const strays = text.length % 4 === 0 ? [] : alphabet.split("").filter((_, at) => at !== last && at >> (text.length % 4 === 2 ? 4 : 2) === last >> (text.length % 4 === 2 ? 4 : 2)).map((letter) => text.slice(0, -1) + letter);
      const spellings = [`${text}=`, `${text}==`, `${text}A`, `${text}%20`, `%20${text}`, text.replaceAll("-", "+").replaceAll("_", "/"), `"${text}"`, encodeURIComponent(`${text}\n`), text.replace(/[A-Z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`), ...strays];
      for (const spelling of spellings) if (spelling !== text) assert.equal(await whoIs(`sessionid=${head}${spelling}`), "Guest", spelling.slice(-12));
      for (const other of [`${head.replace("1.", "01.")}${text}`, `+${short}`, `1.${short.slice(2)}.`, ` 1${short.slice(1)}`.replace(" ", "%20")]) assert.equal(await whoIs(`sessionid=${other}`), "Guest", other.slice(0, 12));
    });
  });

  describe("KY-06 the version and the key's name", () => {
    it("stand in the text, are checked, and choose no other algorithm", async () => {
      const bytes = Buffer.from(short.slice(7), "base64url");
      for (let version = 0; version < 256; version++) {
        if (version === bytes[0]) continue;
        const other = Buffer.from(bytes);
        other[0] = version;
        assert.equal(await whoIs(headerOf([short.slice(0, 7) + other.toString("base64url")])), "Guest", `version ${version}`);
      }
      for (let at = 1; at < 6; at++) {
        const other = Buffer.from(bytes);
        other[at] = (other[at] ?? 0) ^ 1;
        assert.equal(await whoIs(headerOf([short.slice(0, 7) + other.toString("base64url")])), "Guest", `key id, byte ${at}`);
      }
    });
  });

  describe("LC-23 LC-07 a logout", () => {
    it("ends every copy of the cookie, in one part and in two, of every browser of the user, and later logins bring none back", async () => {
      const [one, two] = [await world.enter("LC-23 Alma"), world.open()];
      assert.equal((await two.signIn("LC-23 Alma", PASSWORD, { remember: "yes" })).status, 303);
      const copies = [one.cookie() ?? "", two.cookie() ?? ""];
      await one.post("/session/note", { note: LONG });
      copies.push(one.cookie() ?? "");
      for (const copy of copies) assert.equal(await whoIs(copy), "LC-23 Alma");
      assert.equal((await one.post("/logout")).status, 303);
      for (const copy of copies) assert.equal(await whoIs(copy), "Guest");
      assert.equal((await one.signIn("LC-23 Alma")).status, 303);
      for (const copy of copies) assert.equal(await whoIs(copy), "Guest");
      assert.equal(await one.greeting(), "LC-23 Alma");
      await world.restart();
      for (const copy of copies) assert.equal(await whoIs(copy), "Guest");
      assert.equal(await one.greeting(), "LC-23 Alma");
    });
  });

  describe("LC-15 signing out the others, and everywhere", () => {
    it("ends every copy but the one that asked, and then that as well", async () => {
      const [one, two] = [await world.enter("LC-15 Alma"), world.open()];
      await two.signIn("LC-15 Alma");
      const before = [one.cookie() ?? "", two.cookie() ?? ""];
      assert.equal((await one.post("/account/devices/others")).status, 303);
      for (const copy of before) assert.equal(await whoIs(copy), "Guest");
      assert.equal(await one.greeting(), "LC-15 Alma");
      const last = one.cookie() ?? "";
      assert.equal((await one.post("/account/devices/all")).status, 303);
      for (const copy of [...before, last]) assert.equal(await whoIs(copy), "Guest");
    });
  });

  describe("LC-10 LC-11 LC-12 its end", () => {
    it("is sealed with it: no attribute, no later copy and no activity moves the greatest age", async () => {
      const reader = await world.enter("LC-10 Alma");
      const first = reader.cookie() ?? "";
      const began = world.clock.now();
      while (world.clock.now() - began < 89 * 86_400_000) {
        world.clock.advance(10 * 86_400_000);
        if (world.clock.now() - began < 90 * 86_400_000) await reader.post("/cart/the-ninth-tide");
      }
      // The very first copy ended fourteen days after it was sealed, whatever became of the session.
      assert.equal(await whoIs(first), "Guest");
      world.clock.advance(90 * 86_400_000 - (world.clock.now() - began));
      assert.equal(await reader.greeting(), "Guest");
    });
  });

  describe("SID-08 LG-05 what pages tell of it", () => {
    it("is neither the sealed text nor what a forged one held", async () => {
      const reader = await world.enter("SID-08 Alma");
      const [sealed = ""] = partsOf(reader.cookie() ?? "");
      for (const path of ["/", "/cart", "/account", "/session", "/cookies", "/dashboard", "/visits", "/session/left", "/nowhere"]) {
        const { text } = await reader.get(path);
        assert.ok(!text.includes(sealed.slice(7, 60)) && !text.includes(sealed.slice(-40)), path);
      }
      const hostile = "%3Cscript%3Ealert(7)";
      const { status, text } = await ask(world.server.port, "/dashboard", { headers: { cookie: `sessionid=1.AAAA.${hostile}; sessionid.1=${hostile}` } });
      assert.deepEqual([status, text.includes("alert(7)")], [200, false]);
    });
  });
});
