import type { RevocationBus } from "../store/revocation-bus.ts";

export type { RevocationBus } from "../store/revocation-bus.ts";
export { postgresRevocations, type PgBusPool, type PostgresRevocationsOptions } from "./revocations/postgres.ts";
export { redisRevocations, type IoRedisBusClient, type NodeRedisBusClient, type RedisBusClient, type RedisRevocationsOptions } from "./revocations/redis.ts";

/**
 * Carries the news between several cloakrooms of one process. One cloakroom alone needs no bus.
 *
 * @example
 * const revocations = localRevocations();
 * const [shop, desk] = [createCoatcheck({ store, revocations }), createCoatcheck({ store, revocations })];
 */
export function localRevocations(): RevocationBus {
  const listeners = new Set<(text: string) => void>();
  return {
    publish: async (text) => {
      for (const hear of listeners) hear(text);
    },
    subscribe: async (hear) => {
      const listener = (text: string): void => hear(text);
      listeners.add(listener);
      return async () => void listeners.delete(listener);
    },
  };
}
