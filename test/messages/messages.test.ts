import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck, type Coat, type CoatcheckOptions, type Message } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { sealedCookieStore } from "../../src/manager/sealed-cookie.ts";
import { signedCookieStore } from "../../src/manager/signed-cookie.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { FailingStore } from "../support/failing-store.ts";
import { makeView, Visitor, type AnyData } from "../support/visitor.ts";

type Storage = "fallback" | "cookie" | "session";
const STORAGES: readonly Storage[] = ["fallback", "cookie", "session"];

const texts = (messages: Iterable<Message>): string[] => [...messages].map((message) => message.text);
const show = ({ messages }: Coat<AnyData>): string[] => texts(messages);

function setUp(messages: CoatcheckOptions["messages"] = {}, options: CoatcheckOptions = {}) {
  const clock = new FakeClock();
  const memory = memoryStore();
  const counted = new FailingStore(memory);
  const list = async () => (await memory.scan(null, 1000, { now: clock.now() })).records;
  const cloakroom = createCoatcheck<AnyData>({ store: counted.store, clock, production: false, messages, ...options });
  return { clock, cloakroom, calls: counted.calls, failing: counted, visitor: new Visitor(cloakroom), records: async () => (await list()).length, list };
}

/** With a session of its own, or as a stranger. */
async function setUpVisitor(storage: Storage, hasSession: boolean) {
  const world = setUp({ storage });
  if (hasSession) await world.visitor.run(({ session }) => session.set("name", "Ada"));
  return world;
}

for (const storage of STORAGES) {
  for (const hasSession of [false, true]) {
    describe(`messages in ${storage}, ${hasSession ? "with a session" : "for a stranger"}`, () => {
      it("J1 PAIN-26 wait through redirects and requests that show none, and are shown once, in order", async () => {
        const { visitor } = await setUpVisitor(storage, hasSession);
        await visitor.run(({ messages }) => messages.success("one"), { status: 302 });
        await visitor.run(({ messages }) => {
          messages.warning("two");
          messages.error("three", { extraTags: "sticky" });
        });
        await visitor.run(({ session }) => session.get("name"));
        assert.deepEqual(await visitor.run(({ messages }) => texts(messages.peek())), ["one", "two", "three"]);
        assert.equal(await visitor.run(({ messages }) => messages.size), 3);
        assert.deepEqual(await visitor.run(show), ["one", "two", "three"]);
        assert.deepEqual(await visitor.run(show), []);
        assert.equal(await visitor.run(({ messages }) => messages.size), 0);
      });

      it("J1 are gone where they waited, not only for this process and minute; what the loop did not reach stays", async () => {
        const { visitor, clock } = await setUpVisitor(storage, hasSession);
        await visitor.run(({ messages }) => ["one", "two"].forEach((text) => messages.info(text)));
        assert.equal(await visitor.run(({ messages }) => messages[Symbol.iterator]().next().value?.text), "one");
        clock.advance(61_000);
        assert.deepEqual(await visitor.run(show), ["two"]);
        clock.advance(61_000);
        assert.deepEqual(await visitor.run(show), []);
      });

      it("carry level, tags and extra tags", async () => {
        const { visitor } = await setUpVisitor(storage, hasSession);
        await visitor.run(({ messages }) => {
          messages.error("gone", { extraTags: "sticky large" });
          messages.add(42, "<b>bold</b>", { isSafe: true });
        });
        assert.deepEqual(await visitor.run(({ messages }) => messages.take()), [
          { level: 40, levelTag: "error", tags: "sticky large error", text: "gone", extraTags: "sticky large", isSafe: false },
          { level: 42, levelTag: "", tags: "", text: "<b>bold</b>", extraTags: "", isSafe: true },
        ]);
      });

      it("a message that is added and shown in one request is gone at once and leaves nothing behind", async () => {
        const { visitor, records, calls } = await setUpVisitor(storage, hasSession);
        const before = await records();
        calls.length = 0;
        const visit = await visitor.visit((coat) => {
          coat.messages.info("saved");
          return show(coat);
        });
        assert.deepEqual(visit.result, ["saved"]);
        assert.deepEqual(visit.setCookies, []);
        assert.deepEqual(calls, hasSession ? ["read"] : []);
        assert.equal(await records(), before);
        assert.deepEqual(await visitor.run(show), []);
      });

      it("what a failed response has shown is shown again, and what it has added is dropped", async () => {
        const { visitor } = await setUpVisitor(storage, hasSession);
        await visitor.run(({ messages }) => messages.info("kept"));
        const failed = await visitor.visit((coat) => {
          assert.deepEqual(show(coat), ["kept"]);
          coat.messages.info("dropped");
          throw new Error("template");
        });
        assert.deepEqual(failed.setCookies, []);
        await visitor.visit(show, { status: 500 });
        await visitor.visit(async (coat) => assert.deepEqual(texts(await coat.messages.claim()), ["kept"]), { status: 503 });
        assert.deepEqual(await visitor.run(show), ["kept"]);
      });

      it("a loop that is left early delivers what it has reached", async () => {
        const { visitor } = await setUpVisitor(storage, hasSession);
        await visitor.run(({ messages }) => ["a", "b", "c"].forEach((text) => messages.info(text)));
        await visitor.run(({ messages }) => {
          for (const { text } of messages) if (text === "b") break;
        });
        assert.deepEqual(await visitor.run(show), ["c"]);
        assert.deepEqual(await visitor.run(show), []);
      });

      it("PAIN-26 a prefetched page shows none and takes none; HEAD sees them and takes none", async () => {
        const { visitor } = await setUpVisitor(storage, hasSession);
        await visitor.run(({ messages }) => messages.info("hello"));
        for (const headers of [{ "sec-purpose": "prefetch" }, { "sec-purpose": "prefetch;prerender" }, { purpose: "prefetch" }, { "x-moz": "prefetch" }]) {
          assert.deepEqual(await visitor.run(show, { headers: headers as Record<string, string> }), []);
        }
        assert.deepEqual(await visitor.run(show, { method: "HEAD" }), ["hello"]);
        assert.deepEqual(await visitor.run(async ({ messages }) => texts(await messages.claim()), { method: "HEAD" }), ["hello"]);
        assert.deepEqual(await visitor.run(show, { headers: { "sec-purpose": "" } }), ["hello"]);
      });

      it("claim() delivers as take() does", async () => {
        const { visitor } = await setUpVisitor(storage, hasSession);
        await visitor.run(({ messages }) => messages.info("hello"));
        const claimed = await visitor.run(async ({ messages }) => {
          messages.info("and this");
          return texts(await messages.claim());
        });
        assert.deepEqual(claimed, ["hello", "and this"]);
        assert.deepEqual(await visitor.run(show), []);
      });

      it("any text survives: lone surrogates, quotes, separators, markup", async () => {
        const { visitor } = await setUpVisitor(storage, hasSession);
        const all = ["<script>alert(1)</script>", "\u0000\r\n\t;=,\"'\\", "\ud800 alone", "😀 größer", "__proto__"];
        await visitor.run(({ messages }) => all.forEach((text) => messages.info(text, { extraTags: text })));
        const shown = await visitor.run(({ messages }) => messages.take());
        assert.deepEqual(shown.map(({ text, extraTags }) => [text, extraTags]), all.map((text) => [text, text]));
      });

      it("CA-01 whoever looks, even to find none, varies by Cookie", async () => {
        const { visitor } = await setUpVisitor(storage, hasSession);
        const looks: readonly ((coat: Coat<AnyData>) => unknown)[] = [show, ({ messages }: Coat<AnyData>) => messages.size, ({ messages }: Coat<AnyData>) => messages.peek()];
        for (const look of looks) {
          assert.deepEqual((await visitor.visit(look)).ending?.vary, ["Cookie"]);
        }
        const adding = await visitor.visit(({ messages }) => messages.info("hello"));
        assert.deepEqual(adding.ending?.vary, ["Cookie"]);
        if (storage === "cookie" || !hasSession) assert.equal(adding.ending?.noStore, true);
      });
    });
  }
}

describe("levels", () => {
  it("debug is left out, until the setting or the request says otherwise; an empty text always is", async () => {
    const add = ({ messages }: Coat<AnyData>): string[] => {
      messages.debug("d");
      messages.info("i");
      messages.error("");
      return texts(messages);
    };
    assert.deepEqual(await setUp().visitor.run(add), ["i"]);
    assert.deepEqual(await setUp({ level: "debug" }).visitor.run(add), ["d", "i"]);
    assert.deepEqual(await setUp({ level: 21 }).visitor.run(add), []);
    const { visitor } = setUp();
    const chosen = await visitor.run((coat) => {
      assert.equal(coat.messages.level, 20);
      coat.messages.level = "debug";
      return add(coat);
    });
    assert.deepEqual(chosen, ["d", "i"]);
    assert.equal(await visitor.run(({ messages }) => messages.level), 20, "the next request begins with the setting");
  });

  it("tags of one's own, for the five levels and for others", async () => {
    const { visitor } = setUp({ tags: { error: "danger", 42: "hint" } });
    const shown = await visitor.run(({ messages }) => {
      messages.error("e", { extraTags: "x" });
      messages.add(42, "h");
      messages.add("info", "i");
      return messages.take();
    });
    assert.deepEqual(shown.map(({ tags }) => tags), ["x danger", "hint", "info"]);
  });

  it("what is no level and no text is refused", async () => {
    const { visitor } = setUp();
    for (const level of [0, -1, 1.5, 1001, Number.NaN, "fatal", "toString", null]) {
      await assert.rejects(visitor.run(({ messages }) => messages.add(level as number, "x")), { code: "COAT_UNSUPPORTED_VALUE" });
    }
    for (const text of [undefined, null, 7, {}, ["x"]]) await assert.rejects(visitor.run(({ messages }) => messages.info(text as string)), { code: "COAT_UNSUPPORTED_VALUE" });
    for (const option of [{ storage: "disk" }, { level: "fatal" }, { level: 0 }, { tags: { fatal: "x" } }, { tags: { 5000: "x" } }, { tags: { error: 7 } }, { stoarge: "cookie" }]) {
      assert.throws(() => setUp(option as CoatcheckOptions["messages"]), { code: "COAT_CONFIGURATION" });
    }
  });
});

describe("I4 what costs nothing", () => {
  it("unused messages cost neither a store call nor a header", async () => {
    const { visitor, calls } = setUp();
    const visit = await visitor.visit(() => "public");
    assert.equal(visit.ending, null);
    assert.deepEqual(calls, []);
  });

  for (const storage of ["fallback", "cookie"] as const) {
    it(`a stranger's message makes no record and no store call with ${storage}`, async () => {
      const { visitor, calls, records } = setUp({ storage });
      const { setCookies } = await visitor.visit(({ messages }) => messages.success("hello"));
      assert.equal(setCookies.length, 1);
      assert.match(setCookies[0] ?? "", /^__Host-messages-[A-Za-z0-9_-]{8}=[A-Za-z0-9_-]+; Path=\/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax$/);
      assert.deepEqual(await visitor.run(show), ["hello"]);
      assert.deepEqual(visitor.header(), undefined, "the cookie went with the message");
      assert.deepEqual(calls, []);
      assert.equal(await records(), 0);
    });
  }

  it("with a session a message needs one write, and taking it another", async () => {
    const { visitor, calls } = await setUpVisitor("fallback", true);
    calls.length = 0;
    const { setCookies } = await visitor.visit(({ messages }) => messages.info("hello"));
    assert.deepEqual(setCookies, []);
    assert.deepEqual(calls.splice(0), ["read", "update"]);
    await visitor.run(show);
    assert.deepEqual(calls.splice(0), ["read", "update"]);
    await visitor.run(show);
    assert.deepEqual(calls.splice(0), ["read"]);
  });

  it("messages: false switches them off, and says so", async () => {
    await assert.rejects(setUp(false).visitor.run(show), { code: "COAT_CONFIGURATION", message: /messages: false/ });
  });
});

describe("the fallback", () => {
  it("shows what waited in the cookie of a stranger who got a session meanwhile, before what waits there", async () => {
    const { visitor } = setUp();
    await visitor.run(({ messages }) => messages.info("as a stranger"));
    await visitor.run(({ session, messages }) => {
      session.set("cart", ["book"]);
      messages.info("with the first write");
    });
    await visitor.run(({ messages }) => messages.info("with a session"));
    assert.deepEqual(await visitor.run(show), ["as a stranger", "with the first write", "with a session"]);
    assert.deepEqual(await visitor.run(show), []);
  });

  it("survives logout and login: flush before or after, rotation", async () => {
    const { visitor } = await setUpVisitor("fallback", true);
    await visitor.run(({ session, messages }) => {
      messages.info("before");
      session.flush();
      messages.info("after");
    });
    assert.deepEqual(await visitor.run(show), ["before", "after"]);
    await visitor.run(({ session }) => session.set("name", "Grace"));
    await visitor.run(({ session, messages }) => {
      messages.success("welcome");
      session.rotate();
    });
    assert.deepEqual(await visitor.run(show), ["welcome"]);
  });

  it("a stranger whose messages fit into no cookie gets a session rather than losing them", async () => {
    const { visitor, records } = setUp();
    const long = "x".repeat(5000);
    await visitor.run(({ messages }) => messages.info(long));
    assert.equal(await records(), 1);
    assert.deepEqual(await visitor.run(show), [long]);
    assert.equal(await records(), 0, "the emptied session is gone");
  });

  it("works on a readonly route, on a lazy one, and while the store is down", async () => {
    const { visitor, failing } = await setUpVisitor("fallback", true);
    await visitor.run(({ messages }) => messages.info("readonly"), { route: { readonly: true } });
    await visitor.run(({ messages }) => messages.info("lazy"), { route: { lazy: true } });
    await assert.rejects(visitor.run(show, { route: { readonly: true } }), { code: "COAT_SESSION_READONLY" });
    await assert.rejects(visitor.run(show, { route: { lazy: true } }), { code: "COAT_SESSION_NOT_LOADED" });
    failing.plan("read", "refuse", 20);
    await visitor.run(({ messages }) => messages.info("down"));
    await assert.rejects(visitor.run(show), { code: "COAT_STORE_UNAVAILABLE" });
    failing.heal();
    assert.deepEqual(await visitor.run(show), ["readonly", "lazy", "down"]);
  });

  it("needs a secret in production, the session does not", () => {
    const store = memoryStore({ unsafeInProduction: true });
    Object.defineProperty(store, "capabilities", { value: { ...store.capabilities, shared: "network" } });
    for (const storage of ["fallback", "cookie"] as const) {
      assert.throws(() => createCoatcheck({ store, production: true, csrf: false, messages: { storage } }), { code: "COAT_SECRET_MISSING", message: /messages/i });
    }
    assert.doesNotThrow(() => createCoatcheck({ store, production: true, csrf: false, messages: { storage: "session" } }));
    assert.doesNotThrow(() => createCoatcheck({ store, production: true, csrf: false, messages: false }));
  });
});

describe("messages in the session", () => {
  it("are out of the application's reach: no key, no size, and clear() leaves them", async () => {
    const { visitor } = await setUpVisitor("session", true);
    await visitor.run(({ messages }) => messages.info("hello"));
    await visitor.run(({ session }) => {
      assert.deepEqual(session.keys(), ["name"]);
      assert.equal(session.get("_messages"), undefined);
      session.clear();
    });
    assert.deepEqual(await visitor.run(show), ["hello"]);
  });

  it("are saved by session.save() and then not lost by a failure", async () => {
    const { visitor } = await setUpVisitor("session", true);
    await visitor.visit(async ({ messages, session }) => {
      messages.info("saved");
      await session.save();
      messages.info("dropped");
      throw new Error("late");
    });
    assert.deepEqual(await visitor.run(show), ["saved"]);
  });

  it("keepChangesOnError keeps them", async () => {
    const { visitor } = await setUpVisitor("session", true);
    await visitor.visit(({ messages }) => messages.info("kept"), { status: 500, route: { keepChangesOnError: true } });
    assert.deepEqual(await visitor.run(show), ["kept"]);
  });

  it("a commit that fails delivers nothing", async () => {
    const { visitor, failing } = await setUpVisitor("session", true);
    await visitor.run(({ messages }) => messages.info("hello"));
    failing.plan("update", "refuse", 20);
    assert.equal(((await visitor.visit(show)).error as { code?: string }).code, "COAT_STORE_UNAVAILABLE");
    failing.heal();
    assert.deepEqual(await visitor.run(show), ["hello"]);
  });

  it("DS-02 a client that never shows a page does not fill its session: the oldest go, and somebody is told", async () => {
    const { visitor, list } = await setUpVisitor("session", true);
    for (let n = 0; n < 120; n++) await visitor.run(({ messages }) => messages.info(`message ${n}`));
    assert.deepEqual(await visitor.run(({ messages }) => [messages.size, messages.peek()[0]?.text]), [100, "message 20"]);
    for (let n = 0; n < 20; n++) await visitor.run(({ messages }) => messages.info("y".repeat(16_000)));
    assert.ok(((await list())[0]?.data.length ?? 0) < 80_000);
  });

  it("DS-02 the limit of one message is exact", async () => {
    const { visitor } = await setUpVisitor("session", true);
    await visitor.run(({ messages }) => messages.info("x".repeat(16_384)));
    await assert.rejects(visitor.run(({ messages }) => messages.info("x".repeat(16_385))), { code: "COAT_UNSUPPORTED_VALUE", message: /16384/ });
    await assert.rejects(visitor.run(({ messages }) => messages.info("x", { extraTags: "x".repeat(16_385) })), { code: "COAT_UNSUPPORTED_VALUE" });
  });

  it("a lease of a request that died ends after two minutes", async () => {
    const { cloakroom, visitor, clock } = await setUpVisitor("session", true);
    await visitor.run(({ messages }) => messages.info("hello"));
    const dead = cloakroom.begin(makeView({ headers: { cookie: visitor.header() ?? "" } }));
    await dead.ready;
    assert.deepEqual(texts(await dead.messages.claim()), ["hello"]);
    clock.advance(119_999);
    assert.deepEqual(await visitor.run(show), []);
    clock.advance(1);
    assert.deepEqual(await visitor.run(show), ["hello"]);
  });

  it("no message is added or shown after the response", async () => {
    for (const storage of STORAGES) {
      const { visitor } = await setUpVisitor(storage, true);
      let late: Coat<AnyData> | undefined;
      await visitor.run((coat) => void (late = coat));
      assert.throws(() => late?.messages.info("late"), { code: "COAT_SESSION_COMMITTED" });
      assert.throws(() => late?.messages.take(), { code: "COAT_SESSION_COMMITTED" });
    }
  });
});

describe("messages of a session that lives in the cookie", () => {
  for (const store of [sealedCookieStore, signedCookieStore]) {
    for (const storage of STORAGES) {
      const make = () => setUp({ storage }, { store: store(), secrets: ["the secret of this test, long enough by far"] });

      it(`J1 PAIN-26 claim() shows what take() would, once, with ${storage} and ${store().name}`, async () => {
        const { visitor } = make();
        const claim = async ({ messages }: Coat<AnyData>) => texts(await messages.claim());
        await visitor.run(({ session }) => session.set("name", "Ada"));
        await visitor.run(({ messages }) => messages.info("hello"));
        assert.deepEqual(await visitor.run(claim), ["hello"]);
        assert.deepEqual(await visitor.run(claim), []);
        assert.deepEqual(await visitor.run(show), []);
        await visitor.run(({ messages }) => messages.info("again"));
        await visitor.visit(claim, { status: 500 });
        assert.deepEqual(await visitor.run(claim), ["again"], "a page that failed has shown nothing");
      });
    }

    it(`claim() shows what waits in the session and in cookies after an overflow, with ${store().name}`, async () => {
      const { visitor } = setUp({ storage: "fallback" }, { store: store(), secrets: ["the secret of this test, long enough by far"] });
      await visitor.run(({ messages }) => messages.info("small"));
      await visitor.run(({ messages }) => ["one", "two"].forEach((text) => messages.info(`${text} ${"x".repeat(1200)}`)));
      await visitor.run(({ messages }) => messages.info("last"));
      const claimed = await visitor.run(async ({ messages }) => texts(await messages.claim()).map((text) => text.slice(0, 5).trim()));
      assert.deepEqual(claimed.toSorted(), ["last", "one x", "small", "two x"]);
      assert.deepEqual(await visitor.run(show), []);
    });
  }
});

describe("messages in cookies", () => {
  it("parallel responses to a stranger do not overwrite one another's", async () => {
    const { cloakroom, visitor } = setUp();
    const others = Array.from({ length: 10 }, () => new Visitor(cloakroom));
    const visits = await Promise.all(others.map((other, n) => other.visit(({ messages }) => messages.info(`${n}`))));
    for (const { setCookies } of visits) visitor.jar.receive(setCookies, visitor.url, visitor.now);
    assert.deepEqual((await visitor.run(show)).sort(), others.map((_, n) => `${n}`).sort());
    assert.equal(visitor.header(), undefined);
  });

  it("CK-09 PAIN-17 together they stay below 3 KiB: the oldest go, and somebody is told", async () => {
    const { visitor } = setUp({ storage: "cookie" });
    for (let n = 0; n < 40; n++) {
      await visitor.run(({ messages }) => messages.info(`${n}: ${"x".repeat(100)}`));
      assert.ok((visitor.header() ?? "").length <= 3300);
    }
    const shown = await visitor.run(show);
    assert.ok(shown.length > 5);
    assert.equal(shown.at(-1)?.startsWith("39:"), true);
    await visitor.run(({ messages }) => {
      for (let n = 0; n < 100; n++) messages.info(`${n}: ${"y".repeat(100)}`);
    });
    assert.ok((visitor.header() ?? "").length <= 3300);
    assert.equal((await visitor.run(show)).at(-1)?.startsWith("99:"), true);
    await assert.rejects(visitor.run(({ messages }) => messages.info("z".repeat(3000))), { code: "COAT_COOKIE_TOO_LARGE", message: /messages\.storage/ });
  });

  it("are forgotten after a day", async () => {
    const { visitor, clock } = setUp();
    await visitor.run(({ messages }) => messages.info("hello"));
    const cookie = visitor.header() ?? "";
    clock.advance(86_400_000 - 1);
    assert.deepEqual(await visitor.run(({ messages }) => texts(messages.peek()), { headers: { cookie } }), ["hello"]);
    clock.advance(1);
    const late = await visitor.visit(show, { headers: { cookie } });
    assert.deepEqual(late.result, []);
  });

  it("CK-25 take the session cookie's flags", async () => {
    const { visitor } = setUp({}, { session: { cookie: { sameSite: "strict", partitioned: true, domain: "shop.example" } } });
    const { setCookies } = await visitor.visit(({ messages }) => messages.info("hello"));
    assert.match(setCookies[0] ?? "", /^messages-[^=]+=[^;]+; Path=\/; Domain=shop\.example; Max-Age=86400; Secure; HttpOnly; SameSite=Strict; Partitioned$/);
    assert.deepEqual(await visitor.run(show), ["hello"]);
    assert.equal(visitor.header(), undefined, "CK-21 the removal repeats them");
  });

  it("on loopback over http they need no prefix; over http elsewhere they are withheld", async () => {
    const { cloakroom } = setUp();
    const local = new Visitor(cloakroom, "http://localhost:3000/");
    const { setCookies } = await local.visit(({ messages }) => messages.info("hello"), { peerAddress: "127.0.0.1" });
    assert.match(setCookies[0] ?? "", /^messages-[^;]+; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax$/);
    assert.deepEqual(await local.run(show, { peerAddress: "127.0.0.1" }), ["hello"]);
    const far = new Visitor(cloakroom, "http://shop.example/");
    assert.deepEqual((await far.visit(({ messages }) => messages.info("hello"), { peerAddress: "192.0.2.1" })).setCookies, []);
  });
});

describe("showing messages is no action of the visitor's", () => {
  it("a link from another site may lead to a page that shows them, even with csrf.safeMethods: refuse", async () => {
    const { visitor } = setUp({}, { csrf: { safeMethods: "refuse" } });
    await visitor.run(({ session, messages }) => {
      session.set("name", "Ada");
      messages.info("first");
    });
    await visitor.run(({ messages }) => messages.info("hello"));
    assert.deepEqual(await visitor.run(show, { headers: { "sec-fetch-site": "cross-site" } }), ["first", "hello"]);
    assert.equal(((await visitor.visit(({ session }) => session.set("name", "Eve"), { headers: { "sec-fetch-site": "cross-site" } })).error as { code?: string }).code, "COAT_CSRF_REFUSED");
  });
});
