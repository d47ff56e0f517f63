import type { EndReason } from "../session/expiry.ts";

/** What a page needs to know to say in time that a session is about to end. */
export interface TimeLeft {
  /** Whole seconds; null when there is no session. */
  readonly secondsLeft: number | null;
  /** The limit that will end it: no activity (`idle`), its whole length (`absolute`), or a `date` that was set. Null when there is no session. */
  readonly endsBecause: EndReason | null;
}

/** What is asked of a coat, of whatever framework. */
export interface Asked {
  passive(): void;
  load(): Promise<{ readonly isNew: boolean; readonly expiryAge: number; readonly endsBecause: EndReason }>;
}

/**
 * How long the session of a request has to live, for a script that asks from time to time. Asking is no activity: the request does not
 * move the session's end (`coat.passive()`).
 *
 * @example
 * app.get("/session/left", async (req, res) => {
 *   res.set("Cache-Control", "no-store").json(await timeLeft(req.coat));
 * });
 */
export async function timeLeft(coat: Asked): Promise<TimeLeft> {
  coat.passive();
  const { isNew, expiryAge, endsBecause } = await coat.load();
  return isNew ? { secondsLeft: null, endsBecause: null } : { secondsLeft: expiryAge, endsBecause };
}
