import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "coatcheck";
import { mariadbMissing, startMariadb } from "../support/engines/mariadb.ts";
import { memcachedMissing, startMemcached } from "../support/engines/memcached.ts";
import { postgresMissing, startPostgres } from "../support/engines/postgres.ts";
import { redisMissing, startRedis } from "../support/engines/redis.ts";
import { makeFolder, runCli, runJson } from "../support/cli.ts";
import { linkPackages } from "../support/packed.ts";

interface Engine {
  readonly missing: () => false | string;
  readonly start: () => Promise<{ url?: string; host?: string; port: number; server: unknown; stop(): Promise<void> }>;
  /** One folder for each: the package that alone is installed there. */
  readonly packages: readonly (string | null)[];
  readonly migrates: boolean;
  readonly hasClock: boolean;
  readonly sweeps: boolean;
  readonly scans: boolean;
}

const engines: Readonly<Record<string, Engine>> = {
  postgres: { missing: postgresMissing, start: startPostgres, packages: ["pg", "postgres"], migrates: true, hasClock: true, sweeps: true, scans: true },
  mysql: { missing: mariadbMissing, start: startMariadb, packages: ["mysql2"], migrates: true, hasClock: true, sweeps: true, scans: true },
  redis: { missing: redisMissing, start: startRedis, packages: ["redis", "ioredis"], migrates: false, hasClock: true, sweeps: false, scans: true },
  memcached: { missing: memcachedMissing, start: startMemcached, packages: [null], migrates: false, hasClock: false, sweeps: false, scans: false },
};

interface StoreDocument {
  readonly store: string;
  readonly pending: readonly string[];
  readonly steps: readonly { readonly name: string; readonly passed: boolean }[];
  readonly sessions: { readonly sessions: number } | null;
  readonly engineClockDifferenceMs: number | null;
}

for (const [name, { missing, start, packages, migrates, hasClock, sweeps, scans }] of Object.entries(engines)) {
  describe(`coatcheck --store ${name}://`, { skip: missing() }, () => {
    let engine: Awaited<ReturnType<Engine["start"]>>;
    before(async () => {
      engine = await start();
    });
    after(() => engine.stop());

    for (const installed of packages) {
      it(`migrates, probes, counts and sweeps with ${installed ?? "a client of its own"}`, async () => {
        const cwd = makeFolder();
        if (installed !== null) linkPackages(cwd, [installed]);
        const words = ["--store", engine.url ?? `${name}://${engine.host ?? "127.0.0.1"}:${engine.port}`];
        const options = { cwd, clock: systemClock };
        // A server that is not ours may hold the tables already.
        if (migrates && installed === packages[0] && engine.server !== undefined) {
          assert.equal((await runCli(["migrate", "--check", ...words], options)).code, 1);
          const early = await runCli(["sessions", "list", ...words], options);
          assert.deepEqual([early.code, /coatcheck migrate/.test(early.err)], [1, true]);
        }
        assert.equal((await runCli(["migrate", ...words], options)).code, 0);
        assert.equal((await runCli(["migrate", "--check", ...words], options)).code, 0);
        const { code, out, document } = await runJson<StoreDocument>(["store", "--probe", ...words], options);
        assert.equal(code, 0, out);
        assert.deepEqual(document.steps.filter(({ passed }) => !passed), []);
        assert.ok(document.steps.length >= 7);
        assert.deepEqual(document.sessions === null, !scans);
        assert.equal(document.engineClockDifferenceMs !== null, hasClock);
        // Both run on this machine.
        assert.ok(Math.abs(document.engineClockDifferenceMs ?? 0) < 2000);
        const cleared = await runCli(["clearsessions", ...words], options);
        assert.deepEqual([cleared.code, cleared.out], [0, sweeps ? "0 expired sessions were removed (1 batch).\n" : `The ${name} store removes expired sessions by itself.\n`]);
        if (scans) assert.equal((await runCli(["sessions", "list", ...words], options)).out, "There are no live sessions.\n");
      });
    }
  });
}
