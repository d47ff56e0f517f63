import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { seal } from "../../src/crypto/seal.ts";
import { createDjangoCookieSigner } from "../../src/formats/django-signed-cookie.ts";
import { attackShop, NEW_SECRET, SESSION_HOMES, type AttackedShop } from "../support/attacked-shop.ts";
import { partsOf } from "../support/chunked-cookie.ts";
import { readLab } from "../support/cookie-lab.ts";
import { ask } from "../support/http.ts";
import type { ShopReader } from "../support/shop-reader.ts";

/** The shop's own keys, as some other page of the same site would use them. */
const keyring = createKeyring([NEW_SECRET], { production: false });

for (const sessions of SESSION_HOMES) describe(`with sessions in ${sessions}`, () => {
  let world: AttackedShop;
  let alma: ShopReader;
  let signed: string;
  let sealed: string;
  let errand: string;
  before(async () => {
    world = await attackShop(sessions);
    alma = await world.enter("Alma");
    await alma.post("/cookies/signed", { words: "tea for two" });
    await alma.post("/cookies/sealed", { words: "a quiet wish" });
    await alma.post("/cookies/errand", { words: "one loaf" });
    [signed = "", sealed = "", errand = ""] = [alma.held("signed_words"), alma.held("sealed_words"), alma.held("errand")];
    assert.deepEqual(await readLab(world.server.port, `signed_words=${signed}; sealed_words=${sealed}`), { signed: "tea for two", sealed: "a quiet wish" });
  });
  after(async () => {
    assert.deepEqual(world.reported, []);
    await world[Symbol.asyncDispose]();
  });

  const readSigned = async (value: string): Promise<string | null> => (await readLab(world.server.port, `signed_words=${value}`)).signed;
  const readSealed = async (value: string): Promise<string | null> => (await readLab(world.server.port, `sealed_words=${value}`)).sealed;

  /** With which words somebody comes back who holds this cookie; null for none. */
  async function comeBack(value: string): Promise<string | null> {
    const reader = world.open();
    await reader.get("/cookies");
    reader.jar.receive([`errand=${value}; Path=/`], world.server.url, world.clock.now());
    assert.equal((await reader.post("/cookies/errand/back")).status, 303);
    const { text } = await reader.get("/cookies");
    return /You are back, with “([^”]*)”/.exec(text)?.[1] ?? (text.includes("Nothing came back with you") ? null : assert.fail("neither"));
  }

  describe("CK-27 TM-08 an altered cookie", () => {
    it("that is signed counts as absent: each letter of words, time and signature", async () => {
      assert.match(signed, /^tea%20for%20two:[0-9A-Za-z]{6}:[\w-]{43}$/);
      for (let at = 0; at < signed.length; at++) {
        const letter = signed[at] === "a" ? "b" : "a";
        const answer = await readSigned(signed.slice(0, at) + letter + signed.slice(at + 1));
        // With a percent sign's figures altered it may be no text at all.
        assert.ok(answer === "refused" || answer === null, `letter ${at}`);
      }
      for (const cut of [signed.slice(1), signed.slice(0, -1), signed.slice(0, signed.lastIndexOf(":")), signed.replace(":", ""), `${signed}:`, `:${signed}`, "tea%20for%20two", "tea:for:two", "::", ":"]) assert.equal(await readSigned(cut), "refused", cut);
    });

    it("that is sealed counts as absent: each letter, each cut, and what was never sealed", async () => {
      for (let at = 0; at < sealed.length; at++) assert.equal(await readSealed(sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1)), "refused", `letter ${at}`);
      for (let length = 0; length < sealed.length; length += 7) assert.equal(await readSealed(sealed.slice(0, length)), "refused", `${length} letters`);
      for (const text of ["null", "e30", "words", Buffer.from("0 words").toString("base64url"), "A".repeat(3900)]) assert.equal(await readSealed(text), "refused", text.slice(0, 20));
    });

    it("that went on an errand comes back with nothing", async () => {
      for (let at = 0; at < errand.length; at += 5) assert.equal(await comeBack(errand.slice(0, at) + (errand[at] === "A" ? "B" : "A") + errand.slice(at + 1)), null, `letter ${at}`);
      for (const text of ["null", errand.slice(0, -1), Buffer.from('{"value":"mine"}').toString("base64url")]) assert.equal(await comeBack(text), null, text.slice(0, 20));
      assert.equal(await comeBack(errand), "one loaf");
    });
  });

  describe("CK-28 another spelling", () => {
    it("of a right value is a wrong one", async () => {
      const spellings = (value: string): string[] => [`${value}=`, `"${value}"`, `${value}%20`, `%20${value}`, `%${value.charCodeAt(0).toString(16)}${value.slice(1)}`, `${value},`];
      for (const value of spellings(signed)) assert.equal(await readSigned(value), "refused", value);
      for (const value of spellings(sealed)) assert.equal(await readSealed(value), "refused", value);
    });
  });

  describe("CK-26 ST-05 a cookie that was made for something else", () => {
    it("opens nothing in another place, whichever two are exchanged", async () => {
      const session = partsOf(alma.cookie() ?? "")[0] ?? "";
      const message = (await world.open().post("/theme", { theme: "dark" })).lines.find(([name, value]) => name.toLowerCase() === "set-cookie" && /^messages-[^=]+=[^;]/.test(value))?.[1].split(/[=;]/)[1] ?? "";
      const values: Readonly<Record<string, string>> = { signed, sealed, errand, session, unlabelled: session.slice(7), csrftoken: alma.held("csrftoken") ?? "", csrfvisitor: alma.held("csrfvisitor") ?? "A".repeat(43), message };
      for (const [what, value] of Object.entries(values)) {
        assert.ok(value.length > 30, what);
        if (what !== "signed") assert.equal(await readSigned(value), "refused", `${what} as the signed one`);
        if (what !== "sealed") assert.equal(await readSealed(value), "refused", `${what} as the sealed one`);
        if (what !== "errand") assert.equal(await comeBack(value), null, `${what} as an errand`);
        if (what === "session" || what === "unlabelled") continue;
        for (const cookie of [`sessionid=${value}`, `sessionid=1.AAAA.${value}`]) assert.equal(await alma.greetingWith(cookie), "Guest", `${what} as a session`);
        const { status, text } = await ask(world.server.port, "/cart", { headers: { cookie: `messages-x=${value}; messages=${value}; ${"messages-12345678"}=${value}` } });
        assert.equal(status, 200, what);
        assert.doesNotMatch(text, /class="notice success"/, `${what} as a message`);
      }
    });

    it("under the very keys of the shop: another name, another purpose, or the two run together", async () => {
      const signer = createDjangoCookieSigner(keyring, { release: "6.1", clock: world.clock });
      assert.equal(await readSigned(signer.sign("signed_words", "genuine", "")), "genuine");
      for (const [name, salt] of [["sealed_words", ""], ["signed_word", "s"], ["signed_words", "s"], ["", "signed_words"], ["signed", "_words"], ["Signed_words", ""]] as const) {
        assert.equal(await readSigned(signer.sign(name, "forged", salt)), "refused", `${name} for ${salt}`);
      }
      const stamp = world.clock.now().toString(36);
      assert.equal(await readSealed(seal(keyring, "cookie/", "sealed_words", `${stamp} genuine`)), "genuine");
      for (const [purpose, name] of [["cookie/", "signed_words"], ["cookie/x", "sealed_words"], ["cookie", "sealed_words"], ["cookie/s", "ealed_words"], ["flow/an errand from the cookie lab", "sealed_words"], ["cookie session", "sealed_words"], ["", "sealed_words"]] as const) {
        assert.equal(await readSealed(seal(keyring, purpose, name, `${stamp} forged`)), "refused", `${purpose} ${name}`);
      }
      const flowText = `${stamp} {"value":"forged","endsAt":${world.clock.now() + 60_000}}`;
      assert.equal(await comeBack(seal(keyring, "flow/an errand from the cookie lab", "errand", flowText)), "forged");
      for (const [purpose, name] of [["flow/another errand", "errand"], ["flow/an errand from the cookie lab", "errands"], ["flow/an errand from the cookie lab", "__Host-errand"], ["cookie/", "errand"], ["flow/", "errand"]] as const) {
        assert.equal(await comeBack(seal(keyring, purpose, name, flowText)), null, `${purpose} ${name}`);
      }
      // A session that was sealed for another cookie of the same site.
      for (const name of ["__Host-sessionid", "sessionid.1", "other"]) {
        const text = seal(keyring, "cookie session", name, "anything");
        for (const cookie of [`sessionid=${text}`, `sessionid=1.AAAA.${text}`]) assert.equal(await alma.greetingWith(cookie), "Guest", name);
      }
    });
  });

  describe("an errand", () => {
    it("ends once: who comes back a second time, too late, or without having left has nothing", async () => {
      const reader = world.open();
      await reader.post("/cookies/errand", { words: "two loaves" });
      await reader.post("/cookies/errand/back");
      assert.equal(reader.held("errand"), undefined);
      await reader.post("/cookies/errand/back");
      const { text } = await reader.get("/cookies");
      assert.match(text, /You are back, with “two loaves”[^]*Nothing came back with you/);
      const late = world.open();
      await late.post("/cookies/errand", { words: "too late" });
      const held = late.held("errand") ?? "";
      world.clock.advance(599_000);
      assert.equal(await comeBack(held), "too late");
      world.clock.advance(1_000);
      assert.equal(late.held("errand"), undefined, "the browser has dropped it");
      assert.equal(await comeBack(held), null, "and a copy is worth nothing");
    });
  });

  describe("LG-05 what is in a cookie", () => {
    it("is shown escaped, and only when the shop believes it", async () => {
      const reader = world.open();
      const markup = `<b onclick="x">&'`;
      for (const kind of ["signed", "sealed"]) assert.equal((await reader.post(`/cookies/${kind}`, { words: markup })).status, 303);
      await reader.post("/cookies/errand", { words: markup });
      await reader.post("/cookies/errand/back");
      const { text } = await reader.get("/cookies");
      assert.ok(!text.includes("<b onclick") && text.includes("&lt;b onclick=&quot;x&quot;&gt;&amp;&#39;"));
      for (const words of ["", " ", "x".repeat(61)]) assert.equal((await reader.post("/cookies/sealed", { words })).status, 400, words);
      const forged = await ask(world.server.port, "/cookies", { headers: { cookie: `signed_words=${encodeURIComponent("<i>forged</i>")}:1:x; sealed_words=<i>forged</i>` } });
      assert.ok(!forged.text.includes("<i>forged"));
    });
  });
});
