import { readStopwatch } from "../../clock.ts";
import { SweepPace } from "../../manager/sweep-pace.ts";
import { isSweepable, type Sweepable } from "../../store/capabilities.ts";
import type { SessionStore } from "../../store/store.ts";
import { demandPositionals, numberOption, wholeNumber, type Command, type CommandContext } from "../command.ts";
import { CommandFailure, EXIT, tellError, usageFailure, type ExitCode } from "../failure.ts";
import { Progress } from "../progress.ts";
import { writeLine } from "../terminal.ts";

const BATCH = 500;
const LARGEST_BATCH = 10_000;
const ROUND_SECONDS = 600;
const LONGEST_ROUND_SECONDS = 7 * 86_400;

/** Removes expired sessions. Django: `clearsessions`. */
export const clearsessions: Command = {
  name: "clearsessions",
  summary: "removes expired sessions in small batches",
  synopsis: "[--batch COUNT] [--hurry] [--loop [SECONDS]]",
  options: { batch: { type: "string" }, hurry: { type: "boolean" }, loop: { type: "boolean" } },
  help: [
    ["--batch COUNT", `so many in one step at most; default ${BATCH}`],
    ["--hurry", "full steps without pauses, for a database that no application uses meanwhile"],
    ["--loop [SECONDS]", `again and again, waiting so long in between (default ${ROUND_SECONDS}), until SIGTERM; with --json a document a round`],
  ],
  run: async (context) => {
    const { values, positionals, open } = context;
    const loops = values["loop"] === true;
    if (!loops) demandPositionals("clearsessions", positionals);
    if (positionals.length > 1) throw usageFailure("--loop wants one number of seconds.");
    const seconds = positionals[0] === undefined ? ROUND_SECONDS : wholeNumber("--loop", positionals[0], LONGEST_ROUND_SECONDS);
    const batch = numberOption(values, "batch", BATCH, LARGEST_BATCH);
    const { cloakroom } = await open();
    const nothing = describeNothing(cloakroom.store);
    if (nothing !== null) {
      context.show({ removed: 0, batches: 0, reason: nothing }, [nothing]);
      return EXIT.ok;
    }
    const store = cloakroom.store as SessionStore;
    if (!isSweepable(store)) throw new CommandFailure(EXIT.failed, `The ${store.name} store cannot remove expired records, and its engine does not either: give it a sweep method.`);
    const clear = (signal?: AbortSignal): Promise<void> => clearOnce(context, store, batch, cloakroom.settings.clock.now(), signal);
    return loops ? clearAgainAndAgain(context, clear, seconds) : (await clear(), EXIT.ok);
  },
};

function describeNothing(store: SessionStore | null): string | null {
  if (store === null) return "Sessions live in the cookie: browsers remove them by themselves.";
  return store.capabilities.ownExpiry ? `The ${store.name} store removes expired sessions by itself.` : null;
}

/** Until a step is not full. What expires meanwhile waits for the next time, so that this ends. */
async function clearOnce(context: CommandContext, store: SessionStore & Sweepable, batch: number, now: number, signal?: AbortSignal): Promise<void> {
  const progress = new Progress(context.terminal, "expired sessions removed");
  let removed = 0;
  let batches = 0;
  const isHurried = context.values["hurry"] === true;
  const pace = SweepPace.for(store, batch);
  try {
    for (;;) {
      const begun = readStopwatch();
      const went = await store.sweep(isHurried ? batch : pace.size, { now });
      removed += went;
      batches++;
      progress.show(removed);
      const isMore = isHurried ? went >= batch : pace.settle(went, readStopwatch() - begun);
      if (!isMore || signal?.aborted === true) break;
      if (!isHurried) await rest(context, pace.restMs, signal);
    }
  } finally {
    progress.clear();
  }
  context.show({ removed, batches }, [`${removed} expired sessions were removed (${batches} ${batches === 1 ? "batch" : "batches"}).`]);
}

/** A store that is down for a while does not end it. */
async function clearAgainAndAgain(context: CommandContext, clear: (signal: AbortSignal) => Promise<void>, seconds: number): Promise<ExitCode> {
  const signal = context.terminal.stopSignal();
  while (!signal.aborted) {
    try {
      await clear(signal);
    } catch (error) {
      const told = tellError(error);
      if (told.exitCode !== EXIT.unreachable) throw error;
      writeLine(context.terminal.errors, `coatcheck: ${told.message}`);
    }
    await rest(context, seconds * 1000, signal);
  }
  return EXIT.ok;
}

/** Ends early, and quietly, when the signal comes. */
async function rest(context: CommandContext, milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await context.terminal.clock.wait(milliseconds, signal);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
