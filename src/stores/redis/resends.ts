import type { IoRedisClient, IoRedisCluster, IoRedisNode } from "./clients.ts";

/** How often the connections of a client were lost. */
export interface Losses {
  count: number;
}

/** One listener for each client, however many stores use it. */
const known = new WeakMap<object, Losses>();

/**
 * ioredis sends again what a lost connection left unanswered (`autoResendUnfulfilledCommands`), and a Cluster does so whatever its
 * options say. A write that was sent twice is carried out once, since it compares versions, but the second answer may hide what the first one
 * would have been. Where a connection was lost between a command and its answer, that answer is not believed without a look.
 */
export function countLosses(client: IoRedisClient | IoRedisCluster): Losses {
  const found = known.get(client);
  if (found !== undefined) return found;
  const losses: Losses = { count: 0 };
  known.set(client, losses);
  const note = (): void => {
    losses.count++;
  };
  if ("nodes" in client) {
    const watch = (node: IoRedisNode): void => void node.on?.("close", note);
    client.nodes("all").forEach(watch);
    client.on("+node", watch);
  } else client.on("close", note);
  return losses;
}

/** For clients that never send anything twice. */
export const NO_LOSSES: Losses = Object.freeze({ count: 0 });
