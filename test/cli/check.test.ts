import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkCloakroom, createCoatcheck, type CheckOptions, type CoatcheckOptions, type SessionStore } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { CHECK_RULES } from "../../src/coat/deployment-rules.ts";
import { makeFolder, runCli, runJson } from "../support/cli.ts";

const SECRET = "fQ3v-0mZ8bK1xW9rT5yL2nJ7cH4dG6sA_eUiOpPqRtY";

/** A store with other promises than memory's. */
function promising(capabilities: Partial<SessionStore["capabilities"]>, hidden: readonly string[] = [], extra: object = {}): SessionStore {
  const inner = memoryStore({ unsafeInProduction: true });
  const methods = ["read", "create", "update", "touch", "delete", "sweep"] as const;
  const own = Object.fromEntries(methods.filter((name) => !hidden.includes(name)).map((name) => [name, inner[name].bind(inner)]));
  return { name: "promising", capabilities: { ...inner.capabilities, durable: true, shared: "network", mayEvict: false, ...capabilities }, ...own, ...extra } as unknown as SessionStore;
}

const keeper = { readSetting: async () => SECRET, writeSettingOnce: async () => SECRET };
const cookieStore = { kind: "cookie", name: "cookie", createResidence: () => ({ isOwnName: () => false }) } as unknown as NonNullable<CoatcheckOptions["store"]>;

/** The best settings there are: nothing is found with them, unless it says so below. */
const good: CoatcheckOptions = { store: promising({}), secrets: [SECRET], production: true, trustProxy: 1, session: { idleTimeout: "12h", cookie: { secure: true } } };
const withCookie = (cookie: object): CoatcheckOptions => ({ ...good, session: { ...good.session, cookie: { secure: true, ...cookie } } });
const withSession = (session: object): CoatcheckOptions => ({ ...good, session: { cookie: { secure: true }, ...session } });
const withStore = (store: NonNullable<CoatcheckOptions["store"]>, more: CoatcheckOptions = {}): CoatcheckOptions => ({ ...good, store, ...more });

const find = (options: CoatcheckOptions, check: CheckOptions): string[] => checkCloakroom(createCoatcheck(options), check).map(({ id }) => id);

/** For each finding: the options that it is found with, and those that it is not. All others are as in `good`. */
const CASES: Readonly<Record<string, readonly [on: CoatcheckOptions, off: CoatcheckOptions]>> = {
  "coat.W001": [{ ...good, production: false }, good],
  "coat.W002": [{ ...good, production: false, secrets: undefined }, { ...good, production: false }],
  "coat.W003": [{ ...good, production: false, secrets: ["keyboard cat keyboard cat keyboard cat"] }, { ...good, production: false }],
  "coat.W004": [withCookie({ secure: false }), good],
  "coat.W005": [withCookie({ httpOnly: false }), withCookie({ httpOnly: true })],
  "coat.W006": [withCookie({ sameSite: "none" }), withCookie({ sameSite: "strict" })],
  "coat.W007": [withCookie({ domain: "shop.example" }), good],
  "coat.W008": [{ ...good, csrf: false }, { ...good, csrf: true }],
  "coat.W009": [withSession({ absoluteTimeout: null }), withSession({ absoluteTimeout: "1d", idleTimeout: "1h" })],
  "coat.W010": [withSession({ idleTimeout: "31d" }), withSession({ idleTimeout: "30d" })],
  "coat.W011": [withStore(memoryStore({ unsafeInProduction: true })), good],
  "coat.W012": [withStore(promising({ mayEvict: true })), good],
  "coat.W013": [{ ...good, sweep: false }, withStore(promising({ ownExpiry: true }), { sweep: false })],
  "coat.W014": [withStore(promising({}, ["sweep"])), withStore(promising({ ownExpiry: true }, ["sweep"]))],
  "coat.W015": [withStore(promising({ compareAndSet: false })), good],
  "coat.W016": [withStore(promising({ immediate: false })), good],
  "coat.W017": [withSession({ renew: "never", idleTimeout: "1h", absoluteTimeout: "2h" }), withSession({ renew: "never", idleTimeout: "1h", absoluteTimeout: "1h" })],
  "coat.W018": [withCookie({ path: "/shop" }), good],
  "coat.W019": [withCookie({ name: "sid" }), withCookie({ name: "__Host-sid" })],
  "coat.N001": [{ ...good, trustProxy: undefined }, { ...good, trustProxy: ["10.0.0.0/8"] }],
  "coat.N002": [good, withSession({ expireAtBrowserClose: true })],
  "coat.N003": [withSession({ expireAtBrowserClose: true }), good],
  "coat.N004": [withSession({ cookie: {} }), good],
  "coat.N005": [{ ...good, onStoreError: "anonymous" }, good],
  "coat.N006": [withStore(cookieStore), good],
  "coat.N007": [withStore(promising({}, [], keeper), { secrets: undefined }), withStore(promising({}, [], keeper))],
};

describe("KY-09 checkCloakroom", () => {
  it("has a case for every rule, and no id twice", () => {
    assert.deepEqual(CHECK_RULES.map(({ id }) => id).sort(), Object.keys(CASES).sort());
  });

  for (const [id, [on, off]] of Object.entries(CASES)) {
    it(`finds ${id} where it is, and not where it is not`, () => {
      assert.ok(find(on, { deploy: true }).includes(id), "not found");
      assert.ok(!find(off, { deploy: true }).includes(id), "found where it is not");
    });
  }

  for (const { id, deployOnly } of CHECK_RULES) {
    it(`${deployOnly ? "keeps" : "reports"} ${id} ${deployOnly ? "for --deploy" : "always"}`, () => {
      assert.equal(find(CASES[id]?.[0] as CoatcheckOptions, {}).includes(id), !deployOnly);
    });
  }

  it("finds nothing but the choice of a lasting cookie with good settings", () => {
    assert.deepEqual(find(good, { deploy: true }), ["coat.N002"]);
  });

  it("LC-20 mentions that the login cookie outlives the browser", () => {
    const finding = checkCloakroom(createCoatcheck(good), { deploy: true }).find(({ id }) => id === "coat.N002");
    assert.equal(finding?.setting, "session.expireAtBrowserClose");
    assert.match(finding.cure, /expireAtBrowserClose: true/);
  });

  it("KY-05 shows no secret", () => {
    const weak = "keyboard cat keyboard cat keyboard cat";
    const cloakroom = createCoatcheck({ ...good, production: false, secrets: [weak, SECRET] });
    const text = JSON.stringify([checkCloakroom(cloakroom, { deploy: true }), cloakroom.settings]);
    assert.ok(!text.includes("keyboard"));
    assert.ok(!text.includes(SECRET));
    assert.equal(cloakroom.settings.secrets, "weak");
  });
});

const config = (options: string, more = ""): string => `
  import { createCoatcheck } from "coatcheck";
  import { memoryStore } from "coatcheck/memory";
  export const cloakroom = createCoatcheck({ store: memoryStore(), production: false, ${options} });
  ${more}`;

describe("coatcheck check", () => {
  it("ends with 0 when there is nothing, and with 1 for a warning", async () => {
    const fine = await runCli(["check"], { cwd: makeFolder({ "coatcheck.config.ts": config("") }) });
    assert.deepEqual([fine.code, fine.out], [0, "0 errors, 0 warnings, 0 notes.\n"]);
    const bad = await runCli(["check"], { cwd: makeFolder({ "coatcheck.config.ts": config("csrf: false") }) });
    assert.equal(bad.code, 1);
    assert.match(bad.out, /coat\.W008 \(warning\) csrf\n {2}.+\n {2}.+/);
  });

  it("does not fail for notes", async () => {
    const cwd = makeFolder({ "coatcheck.config.ts": config(`secrets: ["${SECRET}"]`, 'export const silencedChecks = ["coat.W001", "coat.W011"];') });
    const { code, document } = await runJson<{ findings: { level: string }[]; silenced: number }>(["check", "--deploy"], { cwd });
    assert.equal(code, 0);
    assert.equal(document.silenced, 2);
    assert.ok(document.findings.length > 0);
    assert.ok(document.findings.every(({ level }) => level === "note"));
  });

  it("leaves out what is silenced, on the command line or in the configuration", async () => {
    const cwd = makeFolder({ "coatcheck.config.ts": config("csrf: false, session: { absoluteTimeout: null }", 'export const silencedChecks = ["coat.W009"];') });
    const one = await runJson<{ findings: { id: string }[] }>(["check"], { cwd });
    assert.deepEqual([one.code, one.document.findings.map(({ id }) => id)], [1, ["coat.W008"]]);
    const both = await runCli(["check", "--silence", "coat.W008"], { cwd });
    assert.deepEqual([both.code, both.out], [0, "0 errors, 0 warnings, 0 notes, 2 silenced.\n"]);
  });

  it("refuses to silence what does not exist, and lists that are none", async () => {
    const cwd = makeFolder({ "coatcheck.config.ts": config("") });
    const unknown = await runCli(["check", "--silence", "coat.W999"], { cwd });
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /^coatcheck: --silence: .*"coat\.W999"/);
    const broken = await runCli(["check"], { cwd: makeFolder({ "coatcheck.config.ts": config("", 'export const silencedChecks = "coat.W001";') }) });
    assert.deepEqual([broken.code, broken.err], [2, 'coatcheck: silencedChecks: export a list of ids, for instance ["coat.N001"].\n']);
  });

  it("reports a cloakroom that cannot be made, naming the setting", async () => {
    const cwd = makeFolder({ "coatcheck.config.ts": config('session: { cookie: { secure: false, sameSite: "none" } }') });
    const { code, document } = await runJson<{ findings: { id: string; level: string; setting: string }[] }>(["check"], { cwd });
    assert.equal(code, 1);
    assert.deepEqual(document.findings.map(({ id, level, setting }) => [id, level, setting]), [["coat.E001", "error", "session.cookie.sameSite"]]);
  });

  it("wants an application, not a store", async () => {
    const { code, err } = await runCli(["check", "--store", "sqlite:x.db"]);
    assert.equal(code, 2);
    assert.match(err, /--config FILE/);
  });
});
