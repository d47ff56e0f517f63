import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { maskCsrfSecretWith } from "../../src/formats/django-csrf.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { stateOf } from "../../src/session/session.ts";
import { sealedCookieStore } from "../../src/manager/sealed-cookie.ts";
import { makeView } from "../support/view.ts";
import { OWN, Poster, reasonOf, setUpPosters, TRANSFER } from "../support/poster.ts";

const HTTPS = TRANSFER;
const setUp = setUpPosters;

describe("CS-01 every method except GET, HEAD and OPTIONS is checked", () => {
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "FOO", "post", "QUERY", "TRACE"]) {
    it(`${method} without proof is refused, and the handler is not entered`, async () => {
      const { refusal, entered } = await setUp().poster.post({}, {}, { method });
      assert.equal(entered, false);
      assert.equal(refusal?.status, 403);
    });
  }
  for (const method of ["GET", "HEAD", "OPTIONS"]) {
    it(`${method} passes`, async () => assert.equal((await setUp().poster.post({ "sec-fetch-site": "cross-site" }, {}, { method })).entered, true));
  }
  it("an exempt route passes, and csrf: false passes everything", async () => {
    assert.equal((await setUp().poster.post({ origin: "https://evil.example" }, {}, { exempt: true })).entered, true);
    assert.equal((await setUp(false).poster.post({ origin: "https://evil.example" })).entered, true);
  });
});

describe("CS-02 Sec-Fetch-Site", () => {
  const cases: readonly (readonly [string, string | undefined, boolean])[] = [
    ["same-origin", undefined, true],
    ["none", undefined, true],
    ["cross-site", undefined, false],
    ["same-site", undefined, false],
    ["cross-site", "https://evil.example", false],
    ["cross-site", "https://partner.example", true],
    ["same-site", "https://partner.example", true],
    ["same-site", "https://www.shop.example", false],
    ["", undefined, false],
    ["SAME-ORIGIN", undefined, false],
    ["same-origin, same-origin", undefined, false],
    ["same-origin,none", undefined, false],
    ["rubbish", undefined, false],
  ];
  for (const [site, origin, passes] of cases) {
    it(`${JSON.stringify(site)} from ${origin ?? "nowhere named"} ${passes ? "passes" : "is refused"}`, async () => {
      const { poster } = setUp({ trustedOrigins: ["https://partner.example"] });
      assert.equal((await poster.post({ "sec-fetch-site": site, ...(origin === undefined ? {} : { origin }) })).entered, passes);
    });
  }
});

describe("CS-03 Origin", () => {
  const own = ["https://shop.example", "https://shop.example:443"];
  const foreign = ["https://evil.example", "null", "", "https://shop.example:8443", "http://shop.example", "https://SHOP.example", "https://shop.example.", "https://user@shop.example", "https://shop.example/", "https://shop.example, https://shop.example", "shop.example", "//shop.example", "https://", "javascript:alert(1)"];
  for (const origin of own) it(`${origin} passes`, async () => assert.equal((await setUp().poster.post({ origin })).entered, true));
  for (const origin of foreign) {
    it(`${JSON.stringify(origin)} is refused, even with a valid token`, async () => {
      const { poster } = setUp();
      const token = await poster.render();
      assert.equal((await poster.post({ origin, "x-csrftoken": token })).entered, false);
    });
  }
  it("is compared with the scheme and host that a trusted proxy names", async () => {
    const { poster } = setUp({}, { trustProxy: 1 });
    const proxied = { "x-forwarded-proto": "https", "x-forwarded-host": "www.shop.example" };
    assert.equal((await poster.post({ ...proxied, origin: "https://www.shop.example" }, {}, { url: "http://10.0.0.5/" })).entered, true);
    assert.equal((await poster.post({ ...proxied, origin: "https://shop.example" }, {}, { url: "http://10.0.0.5/" })).entered, false);
  });
});

describe("CS-04 with neither header", () => {
  it("a token is demanded, and over https a Referer of this site", async () => {
    const { poster } = setUp();
    const token = await poster.render();
    const reason = async (headers: Record<string, string>): Promise<string | undefined> => reasonOf((await poster.post(headers)).refusal);
    assert.equal(await reason({}), "referer-missing");
    assert.equal(await reason({ "x-csrftoken": token }), "referer-missing");
    assert.equal(await reason({ "x-csrftoken": token, referer: "rubbish" }), "referer-malformed");
    assert.equal(await reason({ "x-csrftoken": token, referer: "http://shop.example/form" }), "referer-insecure");
    assert.equal(await reason({ "x-csrftoken": token, referer: "https://evil.example/https://shop.example/" }), "referer-foreign");
    assert.equal(await reason({ "x-csrftoken": token, referer: "https://shop.example.evil.example/" }), "referer-foreign");
    assert.equal(await reason({ referer: "https://shop.example/form" }), "token-missing");
    assert.equal((await poster.post({ "x-csrftoken": token, referer: "https://shop.example/form" })).entered, true);
  });
});

describe("CS-05 trusted origins", () => {
  for (const bad of ["https://shop.example/", "https://shop.example/path", "https://shop.example?q", "shop.example", "null", "*", "https://*", "https://*.*.example", "https://a*.example", "ftp://shop.example", "https://", "HTTPS://SHOP.EXAMPLE", "https://user@shop.example", " https://shop.example", 7]) {
    it(`${JSON.stringify(bad)} refuses to start`, () => assert.throws(() => setUp({ trustedOrigins: [bad as string] }), { code: "COAT_CONFIGURATION", message: /csrf\.trustedOrigins/ }));
  }
  it("a star stands for whole labels, over the same scheme", async () => {
    const { poster } = setUp({ trustedOrigins: ["https://*.example.com"] });
    const passes = async (origin: string): Promise<boolean> => (await poster.post({ origin })).entered;
    assert.equal(await passes("https://a.example.com"), true);
    assert.equal(await passes("https://a.b.example.com"), true);
    for (const origin of ["https://evilexample.com", "https://a.example.com.evil.net", "https://example.com", "http://a.example.com", "https://.example.com", "https://a.example.com:444"]) assert.equal(await passes(origin), false, origin);
  });
});

describe("CS-07 the content type decides nothing", () => {
  for (const type of ["", "text/plain", "TEXT/PLAIN", "application/x-www-form-urlencoded ; x", "application/json", "multipart/form-data"]) {
    it(`${JSON.stringify(type)} from elsewhere is refused`, async () => assert.equal((await setUp().poster.post({ origin: "https://evil.example", "content-type": type })).entered, false));
  }
});

describe("CS-08 CS-09 what is judged is the method that runs", () => {
  it("overrides and custom headers are no proof", async () => {
    const { poster } = setUp();
    assert.equal((await poster.post({ origin: "https://evil.example", "x-http-method-override": "GET" }, { _method: "GET" })).entered, false);
    assert.equal((await poster.post({ "sec-fetch-site": "cross-site", "x-requested-with": "XMLHttpRequest" })).entered, false);
  });
});

describe("SID-07 CS-09 an Authorization header exempts nobody", () => {
  for (const authorization of ["Bearer 0123456789abcdef0123456789abcdef0123456789A", "bearer x", "Basic YWRhOnNlY3JldA==", "Digest username=ada", ""]) {
    it(`${JSON.stringify(authorization)}, with a session cookie, with others and with none`, async () => {
      const { poster } = setUp();
      await poster.run(({ session }) => session.set("user", "ada"));
      for (const cookie of [poster.header() ?? "", "theme=dark", undefined]) {
        for (const from of [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }, {}, { referer: "https://shop.example/form" }] as Record<string, string>[]) {
          const sender = cookie === undefined ? new Poster(poster.cloakroom) : poster;
          const { entered } = await sender.post({ ...from, authorization, ...(cookie === undefined ? {} : { cookie }) });
          assert.equal(entered, false);
        }
      }
      assert.equal((await poster.post({ ...OWN, authorization })).entered, true);
    });
  }
});

describe("tokens", () => {
  const always = { token: "always" } as const;

  it("CS-10 each render looks different, all are accepted, and no stretch of eight letters is shared", async () => {
    const { poster } = setUp(always);
    const tokens = await poster.run(({ csrf }) => Array.from({ length: 300 }, () => csrf.token()));
    const windows = new Set<string>();
    for (const token of tokens) {
      assert.match(token, /^[a-zA-Z0-9]{64}$/);
      for (let at = 0; at + 8 <= 64; at++) {
        const stretch = token.slice(at, at + 8);
        assert.equal(windows.has(stretch), false);
        windows.add(stretch);
      }
    }
    for (const token of tokens.slice(0, 5)) assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: token })).entered, true);
  });

  it("I4 DS-01 asking for one sets the cookie, makes no record, varies, and keeps the page out of caches", async () => {
    const { poster, records } = setUp(always);
    const { ending, setCookies } = await poster.visit(({ csrf }) => csrf.field());
    assert.equal(await records(), 0);
    assert.deepEqual(setCookies.map((line) => line.split("=")[0]).toSorted(), ["__Host-csrftoken", "__Host-csrfvisitor"]);
    assert.equal(setCookies.some((line) => line.startsWith("__Host-csrftoken=") && !line.includes("HttpOnly") && line.includes("Max-Age=31449600")), true);
    assert.equal(setCookies.some((line) => line.startsWith("__Host-csrfvisitor=") && line.includes("HttpOnly")), true);
    assert.equal(ending?.noStore, true);
    assert.deepEqual(ending?.vary, ["Cookie"]);
  });

  it("asking again sends the same cookie again", async () => {
    const { poster } = setUp(always);
    await poster.render();
    const before = poster.jar.get("__Host-csrftoken", HTTPS);
    const { setCookies } = await poster.visit(({ csrf }) => csrf.token());
    assert.equal(setCookies.length, 1);
    assert.equal(poster.jar.get("__Host-csrftoken", HTTPS), before);
  });

  it("CS-14 missing, empty and malformed values on either side never match, and never fail", async () => {
    const { poster } = setUp(always);
    const token = await poster.render();
    for (const field of [undefined, "", "null", "a".repeat(63), "a".repeat(65), `${"a".repeat(63)}é`, `${"a".repeat(63)}-`, "x".repeat(1_000_000), "a".repeat(32)]) {
      assert.equal((await poster.post(OWN, field === undefined ? {} : { csrfmiddlewaretoken: field })).refusal?.status, 403);
      assert.equal((await poster.post({ ...OWN, ...(field === undefined ? {} : { "x-csrftoken": field.slice(0, 100) }) })).refusal?.status, 403);
    }
    for (const cookie of ["", "__Host-csrftoken=", "__Host-csrftoken=null", `__Host-csrftoken=${"a".repeat(64)}`, `__Host-csrftoken=${"é".repeat(64)}`]) {
      assert.equal((await poster.post({ ...OWN, cookie }, { csrfmiddlewaretoken: token })).refusal?.status, 403, cookie);
      assert.equal((await poster.post({ ...OWN, cookie }, { csrfmiddlewaretoken: "" })).refusal?.status, 403, cookie);
    }
  });

  it("CS-15 is taken from the field or the header, not from the query and not from the cookie", async () => {
    const { poster } = setUp(always);
    const token = await poster.render();
    assert.equal((await poster.post(OWN, {}, { url: `${HTTPS}?csrfmiddlewaretoken=${token}` })).entered, false);
    assert.equal((await poster.post(OWN, {})).entered, false);
    assert.equal((await poster.post({ ...OWN, "x-csrftoken": token })).entered, true);
    assert.equal((await poster.post({ ...OWN, "x-csrftoken": poster.jar.get("__Host-csrftoken", HTTPS) ?? "" })).entered, true, "a script sends the cookie back");
  });

  it("CS-16 two that disagree are refused, in either order", async () => {
    const { poster, make } = setUp(always);
    const good = await poster.render();
    const other = await make().render();
    for (const [header, field] of [[good, other], [other, good], [good, [good, other]], [good, [good, good]]] as const) {
      const { refusal } = await poster.post({ ...OWN, "x-csrftoken": header }, { csrfmiddlewaretoken: field as string });
      assert.equal(refusal?.status, 403);
    }
    assert.equal((await poster.post({ ...OWN, "x-csrftoken": good }, { csrfmiddlewaretoken: good })).entered, true);
  });

  it("a token that is sent is checked even where none is needed", async () => {
    const { poster, make } = setUp();
    await poster.render();
    assert.equal((await poster.post(OWN)).entered, true);
    assert.equal((await poster.post({ ...OWN, "x-csrftoken": await make().render() })).entered, false);
  });

  it("CS-12 works only for the visitor and the session that it came from", async () => {
    const { make } = setUp(always);
    const [ada, grace, anonymous, other] = [make(), make(), make(), make()];
    await ada.run(({ session }) => session.set("user", "ada"));
    await grace.run(({ session }) => session.set("user", "grace"));
    const tokens = new Map<Poster, string>();
    for (const poster of [ada, grace, anonymous, other]) tokens.set(poster, await poster.render());
    for (const sender of tokens.keys()) {
      for (const [source, token] of tokens) assert.equal((await sender.post(OWN, { csrfmiddlewaretoken: token })).entered, sender === source);
    }
  });

  it("CS-13 a planted pair is refused: another visitor's, another session's, an invented one", async () => {
    const { make } = setUp(always);
    const [victim, attacker] = [make(), make()];
    await victim.run(({ session }) => session.set("user", "ada"));
    await victim.render();
    const session = victim.jar.get("__Host-sessionid", HTTPS) ?? "";
    const attackers: string[] = [];
    await attacker.render();
    attackers.push(attacker.jar.get("__Host-csrftoken", HTTPS) ?? "");
    await attacker.run((coat) => coat.session.set("user", "mallory"));
    const token = await attacker.render();
    attackers.push(attacker.jar.get("__Host-csrftoken", HTTPS) ?? "", "a".repeat(64));
    for (const planted of attackers) {
      for (const field of [token, planted]) {
        const cookie = `__Host-sessionid=${session}; __Host-csrftoken=${planted}`;
        assert.equal((await victim.post({ ...OWN, cookie }, { csrfmiddlewaretoken: field })).entered, false);
        // Beside the genuine one, a value that was not made for this session changes nothing.
        const beside = `${victim.header()}; __Host-csrftoken=${planted}`;
        assert.equal((await victim.post({ ...OWN, cookie: beside }, { csrfmiddlewaretoken: field })).entered, false);
        assert.equal((await victim.post({ ...OWN, cookie: beside }, { csrfmiddlewaretoken: await victim.render() })).entered, true);
      }
    }
  });

  for (const inSession of [false, true]) {
    it(`CS-13 CK-17 the value of a planted cookie is no token, before or behind the genuine one, with the secret in ${inSession ? "the session" : "a cookie"}`, async () => {
      for (const begins of [false, true]) {
        const { poster } = setUp({ ...always, inSession });
        if (begins) await poster.run(({ session }) => session.set("user", "ada"));
        const token = await poster.render();
        const genuine = poster.header() ?? "";
        for (const planted of ["Z".repeat(64), maskCsrfSecretWith("y".repeat(32), "Z".repeat(32))]) {
          const pair = `__Host-csrftoken=${planted}`;
          for (const cookie of [`${pair}; ${genuine}`, `${genuine}; ${pair}`, `${pair}; ${genuine}; ${pair}`]) {
            assert.equal((await poster.post({ ...OWN, cookie }, { csrfmiddlewaretoken: planted })).entered, false, cookie);
            assert.equal((await poster.post({ ...OWN, cookie, "x-csrftoken": planted })).entered, false, cookie);
            assert.equal((await poster.post({ ...OWN, cookie }, { csrfmiddlewaretoken: token })).entered, true, cookie);
            if (!inSession) assert.equal((await poster.post({ ...OWN, cookie, "x-csrftoken": poster.jar.get("__Host-csrftoken", HTTPS) ?? "" })).entered, true, "a script sends the genuine cookie back");
          }
        }
      }
    });
  }

  it("CS-18 a token issued over http does not serve https", async () => {
    const { poster } = setUp(always);
    const loopback = new Poster(poster.cloakroom, "http://localhost:3000/");
    const token = await loopback.render();
    const cookie = (loopback.header() ?? "").replaceAll("csrf", "__Host-csrf");
    assert.equal((await loopback.post(OWN, { csrfmiddlewaretoken: token }, { url: "http://localhost:3000/" })).entered, true);
    assert.equal((await poster.post({ ...OWN, cookie }, { csrfmiddlewaretoken: token })).entered, false);
  });
});

describe("the secret and the session", () => {
  const always = { token: "always" } as const;
  for (const inSession of [false, true]) {
    describe(inSession ? "with the secret in the session" : "with the secret in a cookie", () => {
      const csrf = { ...always, inSession };

      it("a form that was open when the session began lives on", async () => {
        const { poster } = setUp(csrf);
        const token = await poster.render();
        await poster.run(({ session }) => session.set("cart", 1));
        assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: token })).entered, true);
      });

      it("CS-11 LC-05 PAIN-27 a form from before a login, logout or other change of privilege is dead", async () => {
        const { poster } = setUp(csrf);
        await poster.run(({ session }) => session.set("cart", 1));
        const beforeLogin = await poster.render();
        await poster.run(({ session }) => {
          stateOf(session).rotation = "login";
          session.set("user", "ada");
        });
        assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: beforeLogin })).entered, false);
        const beforeElevation = await poster.render();
        await poster.run(({ session }) => session.rotate());
        assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: beforeElevation })).entered, false);
        const beforeLogout = await poster.render();
        assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: beforeLogout })).entered, true);
        await poster.run(({ session }) => session.flush());
        assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: beforeLogout })).entered, false);
        assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: await poster.render() })).entered, true);
      });

      it("a page that is rendered in the response of the login itself has the new secret", async () => {
        const { poster } = setUp(csrf);
        await poster.run(({ session }) => session.set("cart", 1));
        await poster.render();
        const token = await poster.run((coat) => {
          stateOf(coat.session).rotation = "login";
          return coat.csrf.token();
        });
        assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: token })).entered, true);
      });
    });
  }

  describe("an answer that arrives last, to a request from before the session", () => {
    /** A page with a form, asked for now; `arrive` brings its answer to the browser. */
    async function ask(poster: Poster): Promise<{ token: string; arrive: () => Promise<void> }> {
      const cookie = poster.header();
      const coat = poster.cloakroom.begin(makeView(cookie === undefined ? {} : { headers: { cookie } }));
      if (coat.ready !== null) await coat.ready;
      const token = coat.csrf.token();
      return { token, arrive: async () => poster.jar.receive((await coat.finish({ status: 200, threw: false }))?.setCookies ?? [], TRANSFER, poster.now) };
    }
    const logIn = (poster: Poster): Promise<string> =>
      poster.run((coat) => {
        stateOf(coat.session).rotation = "login";
        coat.session.set("user", "ada");
        return coat.csrf.token();
      });

    for (const store of [memoryStore, sealedCookieStore]) {
      const options = { store: store(), secrets: ["the secret of this test, long enough by far"] };

      it(`CC-04 leaves open forms alone, its own and the session's (${store().name})`, async () => {
        const { poster } = setUp(always, options);
        const first = await poster.render();
        const late = await ask(poster);
        await poster.run(({ session }) => session.set("cart", 1));
        const second = await poster.render();
        await late.arrive();
        for (const token of [first, late.token, second]) assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: token })).entered, true);
        const third = await poster.render();
        for (const token of [first, late.token, second, third]) assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: token })).entered, true);
      });

      it(`CC-04 CS-11 leaves those of a login alone, and is itself from before it (${store().name})`, async () => {
        for (const begins of [false, true]) {
          const { poster } = setUp(always, options);
          await poster.render();
          if (begins) await poster.run(({ session }) => session.set("cart", 1));
          if (begins) await poster.render();
          const late = await ask(poster);
          const token = await logIn(poster);
          await late.arrive();
          assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: token })).entered, true);
          assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: late.token })).entered, false);
          await poster.run(({ session }) => session.rotate());
          assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: token })).entered, false, "nor does it outlive the next change of privilege");
        }
      });
    }

    it("CS-13 is no door: a visitor's cookies, planted into a session, and another session's, are refused", async () => {
      const { make } = setUp(always);
      const [victim, attacker] = [make(), make()];
      const planted: [value: string, token: string][] = [];
      const note = async (): Promise<unknown> => planted.push([attacker.header() ?? "", await attacker.render()]);
      await attacker.render();
      await note();
      await attacker.run(({ session }) => session.set("user", "mallory"));
      await note();
      await victim.run(({ session }) => session.set("user", "ada"));
      const session = victim.header();
      for (const [value, token] of planted) {
        const cookie = `${session}; ${value.split("; ").filter((pair) => pair.startsWith("__Host-csrf")).join("; ")}`;
        assert.match(cookie, /csrftoken=.*csrfvisitor=|csrfvisitor=.*csrftoken=/);
        assert.equal((await victim.post({ ...OWN, cookie }, { csrfmiddlewaretoken: token })).entered, false);
      }
    });

    it("costs no cookie more with each page", async () => {
      const { poster } = setUp(always);
      await poster.render();
      assert.equal((await poster.visit(({ session }) => session.set("cart", 1))).setCookies.length, 3);
      assert.equal((await poster.visit(({ csrf }) => csrf.token())).setCookies.length, 1);
      const never = setUp(always).poster;
      await never.run(({ session }) => session.set("cart", 1));
      assert.equal((await never.visit(({ csrf }) => csrf.token())).setCookies.length, 1);
    });
  });

  it("periodic rotation lets open forms live on", async () => {
    const { poster } = setUp(always, { session: { rotateEvery: 1, renew: "never" } });
    await poster.run(({ session }) => session.set("cart", 1));
    const token = await poster.render();
    const before = poster.jar.get("__Host-sessionid", HTTPS);
    await poster.run(({ session }) => {
      stateOf(session).rotation = "periodic";
    });
    assert.notEqual(poster.jar.get("__Host-sessionid", HTTPS), before);
    assert.equal((await poster.post(OWN, { csrfmiddlewaretoken: token })).entered, true);
  });

  it("in the session, asking for a token makes the record", async () => {
    const { poster, records } = setUp({ ...always, inSession: true });
    await poster.render();
    assert.equal(await records(), 1);
    assert.equal(poster.jar.get("__Host-csrftoken", HTTPS), undefined);
  });

  it("LG-05 a refusal shows nothing of the request; JSON is for clients that ask for it", async () => {
    const { poster } = setUp({}, { production: true, secrets: ["7c1f0b5a93e24d68b0f2a4c6d8e1937542db86fe05b1c97a3e8d42f6"+"a1b2c3d4"], store: memoryStore({ unsafeInProduction: true }) });
    const hostile = { origin: "https://evil.example<script>", referer: "https://evil.example/<script>", cookie: "__Host-csrftoken=<script>" };
    const { refusal } = await poster.post(hostile, { csrfmiddlewaretoken: "<script>" }, { url: `${HTTPS}?<script>` });
    assert.equal(refusal?.body.includes("script"), false);
    assert.equal(refusal?.body.includes("evil"), false);
    const json = await poster.post({ ...hostile, accept: "application/json" });
    assert.deepEqual(JSON.parse(json.refusal?.body ?? ""), { error: { code: "COAT_CSRF_REFUSED", reason: "origin-malformed" } });
    assert.equal(Object.fromEntries(refusal?.headers ?? [])["vary"], "Sec-Fetch-Site, Origin, Cookie");
  });

  it("a form that was left open across a login is recovered: what was typed is kept, passwords are not, nothing is sent by itself", async () => {
    const { poster } = setUp(always);
    await poster.run(({ session }) => session.set("cart", 1));
    const stale = await poster.render();
    await poster.run(({ session }) => session.rotate());
    const fields = { csrfmiddlewaretoken: stale, note: 'a "quoted" <b>', tags: ["x", "y"], password: "hunter2" };
    const { refusal } = await poster.post(OWN, fields);
    assert.equal(refusal?.status, 403);
    const body = refusal?.body ?? "";
    assert.match(body, /name="note" value="a &#34;quoted&#34; &#60;b&#62;"/);
    assert.match(body, /name="tags" value="x".*name="tags" value="y"/);
    assert.equal(body.includes("hunter2"), false);
    assert.match(body, /<input type="password" name="password"/);
    assert.doesNotMatch(body, /<script|onload|autofocus|http-equiv/i);
    const fresh = /name="csrfmiddlewaretoken" value="([a-zA-Z0-9]{64})"/.exec(body)?.[1] ?? "";
    assert.equal((await poster.post(OWN, { ...fields, csrfmiddlewaretoken: fresh })).entered, true);
    // Never for a request that another site caused, nor for one of which that is not known.
    for (const headers of [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }, { referer: "https://shop.example/" }] as Record<string, string>[]) {
      assert.equal((await poster.post(headers, fields)).refusal?.body.includes("note"), false);
    }
  });

  it("a trusted origin's form is refused as any other, without what was typed and without a token", async () => {
    const { poster } = setUp({ ...always, trustedOrigins: ["https://partner.example"] });
    await poster.run(({ session }) => session.set("cart", 1));
    const stale = await poster.render();
    await poster.run(({ session }) => session.rotate());
    const partner = { origin: "https://partner.example" };
    const post = async (headers: Record<string, string>): Promise<{ status: number; recovers: boolean }> => {
      const { refusal } = await poster.post(headers, { csrfmiddlewaretoken: stale, note: "typed" });
      const { status = 0, body = "" } = refusal ?? {};
      return { status, recovers: body.includes('value="typed"') && body.includes("csrfmiddlewaretoken") };
    };
    for (const headers of [partner, { ...partner, "sec-fetch-site": "cross-site" }, { ...partner, "sec-fetch-site": "same-site" }]) {
      assert.deepEqual(await post(headers), { status: 403, recovers: false });
    }
    assert.deepEqual(await post({ origin: "https://shop.example" }), { status: 403, recovers: true });
    assert.deepEqual(await post({ origin: "https://shop.example:443" }), { status: 403, recovers: true });
    assert.deepEqual(await post(OWN), { status: 403, recovers: true });
    assert.deepEqual(await post({ "sec-fetch-site": "none" }), { status: 403, recovers: false });
  });

  it("CS-11 a form that is open outlives a periodic rotation, also for requests that were on their way", async () => {
    const clock = new FakeClock();
    const { poster, make } = setUp({ token: "always" }, { clock, session: { rotateEvery: "1h" } });
    await poster.run(({ session }) => session.set("cart", 1));
    const csrfmiddlewaretoken = await poster.render();
    clock.advance(3_600_000);
    const cookie = poster.header() ?? "";
    await poster.run(({ session }) => session.get("cart"));
    assert.notEqual(poster.header(), cookie);
    assert.equal((await poster.post(OWN, { csrfmiddlewaretoken })).entered, true, "with the new cookies");
    assert.equal((await poster.post({ ...OWN, cookie }, { csrfmiddlewaretoken })).entered, true, "with the old ones");
    // A page that was asked for with the old cookies renders another form: whichever of its cookies the browser holds then, both forms work.
    const late = make();
    late.jar.receive(cookie.split("; ").map((pair) => `${pair}; Path=/; Secure`), HTTPS, clock.now());
    const another = await late.render();
    poster.jar.receive([`__Host-csrftoken=${late.jar.get("__Host-csrftoken", HTTPS) ?? ""}; Path=/; Secure`], HTTPS, clock.now());
    for (const browser of [late, poster]) {
      for (const token of [csrfmiddlewaretoken, another]) assert.equal((await browser.post(OWN, { csrfmiddlewaretoken: token })).entered, true);
    }
  });

  it("H12 what Coatcheck itself keeps in a session is no action of the visitor's: a page that only reads is not refused", async () => {
    const write = { headers: { "sec-fetch-site": "cross-site" } };
    const clock = new FakeClock();
    const { poster } = setUp({ safeMethods: "refuse", inSession: true }, { clock, session: { rotateEvery: "1h" } });
    assert.equal((await poster.visit(({ csrf }) => csrf.token(), write)).error, undefined, "a token");
    const before = poster.header();
    clock.advance(3_600_000);
    assert.equal((await poster.visit(({ session }) => session.get("a"), write)).error, undefined, "a periodic rotation");
    assert.notEqual(poster.header(), before);
    clock.advance(3_600_000);
    assert.equal(((await poster.visit(({ session }) => session.set("a", 1), write)).error as { code?: string }).code, "COAT_CSRF_REFUSED");
    assert.equal(((await poster.visit(({ session }) => session.rotate(), write)).error as { code?: string }).code, "COAT_CSRF_REFUSED");
    assert.equal(((await poster.visit(({ session }) => (session.modified = true), write)).error as { code?: string }).code, "COAT_CSRF_REFUSED");
  });

  it("H12 a session cookie under a retired key is written anew even when another site caused the request", async () => {
    const keys = ["a-first-secret-of-this-test-1b0c77aa", "a-newer-secret-of-this-test-9e4d21bb"].map((text) => text.padEnd(40, "0123456789"));
    const make = (secrets: string[]) => setUp({ safeMethods: "refuse" }, { store: sealedCookieStore(), secrets });
    const old = make([keys[0] as string]).poster;
    await old.run(({ session }) => session.set("a", 1));
    const newer = new Poster(make([keys[1] as string, keys[0] as string]).poster.cloakroom, HTTPS, old.jar);
    const { error, setCookies } = await newer.visit(({ session }) => {
      assert.equal(session.modified, false);
      return session.get("a");
    }, { headers: { "sec-fetch-site": "cross-site" } });
    assert.equal(error, undefined);
    assert.equal(setCookies.length, 1);
    assert.equal(await new Poster(make([keys[1] as string]).poster.cloakroom, HTTPS, old.jar).run(({ session }) => session.get("a")), 1);
  });

  it("H12 a GET that another site caused and that writes is reported, or refused", async () => {
    const { poster } = setUp();
    const write = { headers: { "sec-fetch-site": "cross-site" } };
    assert.equal((await poster.visit(({ session }) => session.set("a", 1), write)).error, undefined);
    const strict = setUp({ safeMethods: "refuse" }).poster;
    assert.equal(((await strict.visit(({ session }) => session.set("a", 1), write)).error as { code?: string }).code, "COAT_CSRF_REFUSED");
    assert.equal((await strict.visit(({ session }) => session.set("a", 1), { headers: { "sec-fetch-site": "none" } })).error, undefined);
  });
});

describe("KY-04 the secret", () => {
  it("production does not start without one on a store that was passed in, and says how to make one", () => {
    const store = memoryStore({ unsafeInProduction: true });
    Object.defineProperty(store, "capabilities", { value: { ...store.capabilities, shared: "network" } });
    assert.throws(() => createCoatcheck({ store, production: true }), { code: "COAT_SECRET_MISSING", message: /npx coatcheck secret/ });
    assert.doesNotThrow(() => createCoatcheck({ store, production: true, csrf: false, messages: { storage: "session" } }));
  });
});
