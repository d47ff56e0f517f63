/** The store contract as data: run it over a store of your own, under any test runner. */
export type { StoreCase, StoreCaseContext, StoreSubject } from "./case.ts";
export type { StoreNeed } from "./needs.ts";
export { runStoreCase, runStoreCases } from "./run.ts";
export type { MakeStoreSubject, RunStoreCasesOptions, StoreCaseOutcome, StoreCaseRunner } from "./run.ts";
export { storeCases } from "./store-cases.ts";
