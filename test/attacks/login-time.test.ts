import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { createCoatcheck, type PasswordHasher } from "coatcheck";
import { argon2id, bcryptSha256, makeHashers, hashPassword, pbkdf2Sha256, sqlUsers } from "coatcheck/auth";
import { coatcheck } from "coatcheck/express";
import { memoryStore } from "coatcheck/memory";
import express from "express";
import { ask, serve, type TestServer } from "../support/http.ts";

const SAMPLES = 40;
/**
 * How often the one may be slower than the other. Of two that are alike this lies between 0.2 and 0.8 but once in hundreds of thousands of
 * runs, however loaded the machine is; where one of them skips a hash it is next to 0 or 1.
 */
const LEAST = 0.2;

const today = argon2id({ memoryKib: 2048, passes: 2, parallelism: 1 });
const bcrypt = bcryptSha256({ rounds: 5 });
const pbkdf2 = pbkdf2Sha256({ iterations: 5000 });

/** Who there is, and what their password was hashed with. */
const KNOWN: readonly (readonly [username: string, hasher: PasswordHasher])[] = [
  ["current", today],
  ["bcrypt", bcrypt],
  ["pbkdf2", pbkdf2],
];

/** A site that does nothing but compare passwords, with hashers that are real, and cheap. */
async function openSite(): Promise<TestServer> {
  const users = sqlUsers(":memory:");
  const cloakroom = createCoatcheck({
    store: memoryStore(), production: false, log: () => {}, csrf: false, secrets: ["a secret of the site whose time is taken: 77ad01"],
    auth: { users, hashers: [today, bcrypt, pbkdf2], throttle: { perUser: 10_000, perAddress: 10_000 } },
  });
  for (const [username, hasher] of KNOWN) {
    const passwordHash = await hashPassword("a long walk home", makeHashers({ hashers: [hasher] }));
    await users.create({ username, passwordHash, email: "", isActive: true, isStaff: false, isSuperuser: false });
  }
  const app = express();
  app.use(express.urlencoded(), coatcheck(cloakroom));
  app.post("/login", async (req, res) => void res.status((await req.coat.auth.authenticate(req.body as Record<string, unknown>)) === null ? 403 : 204).end());
  return serve(app);
}

async function timeWrongLogin(server: TestServer, username: string): Promise<number> {
  const begun = performance.now();
  const answer = await ask(server.port, "/login", { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: `username=${username}&password=wrong` });
  assert.equal(answer.status, 403);
  return performance.now() - begun;
}

/** The names in turn, each round in another order, so that whatever else the machine does falls on all of them alike. */
async function takeTimes(server: TestServer, names: readonly string[]): Promise<ReadonlyMap<string, number[]>> {
  const times = new Map(names.map((name) => [name, [] as number[]]));
  let seed = 1;
  const draw = (): number => (seed = (seed * 48_271) % 2_147_483_647);
  for (let round = 0; round < SAMPLES; round++) {
    const order = names.map((name) => ({ name, at: draw() })).sort((one, other) => one.at - other.at);
    for (const { name } of order) times.get(name)?.push(await timeWrongLogin(server, name));
  }
  return times;
}

/** The probability that one of `these` is slower than one of `those` (Mann and Whitney): 0.5 where nothing tells them apart. */
function compareTimes(these: readonly number[], those: readonly number[]): number {
  let slower = 0;
  for (const one of these) for (const other of those) slower += one > other ? 1 : one === other ? 0.5 : 0;
  return slower / (these.length * those.length);
}

describe("AU-03 the time of a wrong login, over HTTP", () => {
  let times: ReadonlyMap<string, number[]>;
  before(async () => {
    const server = await openSite();
    // Kinds of hashes are learned when they are first met.
    for (const [username] of KNOWN) await timeWrongLogin(server, username);
    times = await takeTimes(server, ["nobody", ...KNOWN.map(([username]) => username)]);
    await server.close();
  });

  for (const [username] of KNOWN) {
    it(`does not tell an unknown name from one whose password is of the kind: ${username}`, () => {
      const probability = compareTimes(times.get("nobody") ?? [], times.get(username) ?? []);
      assert.ok(probability > LEAST && probability < 1 - LEAST, `an unknown name is slower with a probability of ${probability.toFixed(3)}`);
    });
  }
});
