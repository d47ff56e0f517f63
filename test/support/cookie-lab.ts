import assert from "node:assert/strict";
import { ask } from "./http.ts";

/** What the shop takes from a protected cookie: its words; `refused` for one that it does not believe; null where there is none. */
export type Reading = string | null;

export interface LabReadings {
  readonly signed: Reading;
  readonly sealed: Reading;
}

/** Opens the cookie lab with exactly this Cookie header. */
export async function readLab(port: number, cookie: string): Promise<LabReadings> {
  const { status, text } = await ask(port, "/cookies", { headers: { cookie } });
  assert.equal(status, 200, cookie.slice(0, 120));
  const read = (kind: string): Reading => {
    const card = new RegExp(`aria-labelledby="${kind}">[^]*?</section>`).exec(text)?.[0] ?? "";
    assert.notEqual(card, "", kind);
    if (card.includes('class="refused"')) return "refused";
    return /<q>([^<]*)<\/q>/.exec(card)?.[1] ?? null;
  };
  return { signed: read("signed"), sealed: read("sealed") };
}
