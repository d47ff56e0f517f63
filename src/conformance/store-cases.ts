import type { StoreCase } from "./case.ts";
import { byOwnerCases } from "./cases/by-owner.ts";
import { createCases } from "./cases/create.ts";
import { deleteCases } from "./cases/delete.ts";
import { leaseCases } from "./cases/lease.ts";
import { lifetimeCases } from "./cases/lifetime.ts";
import { maintenanceCases } from "./cases/maintenance.ts";
import { raceCases } from "./cases/races.ts";
import { readCases } from "./cases/read.ts";
import { roundTripCases } from "./cases/round-trip.ts";
import { scanCases } from "./cases/scan.ts";
import { signalCases } from "./cases/signal.ts";
import { sweepCases } from "./cases/sweep.ts";
import { touchCases } from "./cases/touch.ts";
import { updateCases } from "./cases/update.ts";

/** Every promise of the store contract, in the order in which a new store learns to keep them. */
export const storeCases: readonly StoreCase[] = Object.freeze([
  ...readCases,
  ...createCases,
  ...roundTripCases,
  ...updateCases,
  ...touchCases,
  ...deleteCases,
  ...lifetimeCases,
  ...signalCases,
  ...raceCases,
  ...sweepCases,
  ...byOwnerCases,
  ...scanCases,
  ...leaseCases,
  ...maintenanceCases,
]);
