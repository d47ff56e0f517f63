import type { SessionStore } from "../../store/store.ts";

/** A store on several servers that knows which of them a session is on, so that one of them may be down by itself. */
export interface Sharded {
  /** A short name, the same for the same server; undefined when it is not known now. Never throws. */
  serverOf(id: string): string | undefined;
}

export const isSharded = (store: SessionStore): store is SessionStore & Sharded => typeof (store as Partial<Sharded>).serverOf === "function";
