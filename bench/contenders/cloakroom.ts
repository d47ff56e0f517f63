import { createCoatcheck } from "coatcheck";
import type { Coatcheck } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { sealedCookieStore } from "coatcheck/sealed-cookie";
import type { BenchData } from "../rows.ts";

/** All defaults of production, except that sessions live in memory and the secret is given. */
export function benchCloakroom(maxRecords?: number): Coatcheck<BenchData> {
  const store = memoryStore({ unsafeInProduction: true, ...(maxRecords === undefined ? {} : { maxRecords }) });
  return createCoatcheck<BenchData>({ store, secrets: ["a secret of the benchmark, forty characters"] });
}

/** The same, with sessions that live sealed in their cookie. */
export function sealedCloakroom(remembers: boolean): Coatcheck<BenchData> {
  return createCoatcheck<BenchData>({ store: sealedCookieStore({ rememberOpened: remembers }), secrets: ["a secret of the benchmark, forty characters"] });
}
