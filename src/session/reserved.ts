import { stateOf, type Session } from "./session.ts";
import { ABSENT } from "./values.ts";

/** The product's own keys of a session, out of the application's reach. Features use this and nothing else. */
export interface ReservedValues {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(key: string): void;
  /** As `session.change`: run again on a newer value when another request saved one first. */
  change(key: string, operation: (current: unknown) => unknown): unknown;
}

/** @param session the session of a coat */
export function reservedOf<Data extends object>(session: Session<Data>): ReservedValues {
  const state = stateOf(session);
  return {
    get: (key) => {
      state.look();
      const value = state.values.get(key);
      return value === ABSENT ? undefined : value;
    },
    set: (key, value) => {
      state.alter("This change");
      state.values.set(key, value);
    },
    delete: (key) => {
      state.alter("This change");
      state.values.delete(key);
    },
    change: (key, operation) => {
      state.alter("This change");
      const value = state.values.change(key, operation);
      return value === ABSENT ? undefined : value;
    },
  };
}
