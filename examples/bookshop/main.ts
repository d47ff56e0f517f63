import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { ConfigurationError } from "coatcheck";
import { createShop, SESSION_HOMES, type Shop } from "./app.ts";
import { keepSecretKey, readSecretKeys } from "./secret-keys.ts";
import { hireStaff, STAFF_NAME } from "./staff.ts";

const databasePath = process.env["BOOKSHOP_DB"] || fileURLToPath(new URL("bookshop.db", import.meta.url));
const port = Number(process.env["PORT"] || 3000);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error("PORT has to be a whole number from 0 to 65535.");
  process.exit(1);
}

/** @returns the shop; a setting that does not do ends the program with a sentence that names it */
function openShop(): Shop {
  try {
    return createShop({ databasePath, ...(sessions === undefined ? {} : { sessions }), ...(secrets === undefined ? {} : { secrets }) });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

const sessions = SESSION_HOMES.find((home) => home === (process.env["SESSIONS"] || "sqlite"));
if (sessions === undefined) {
  console.error(`SESSIONS has to be one of: ${SESSION_HOMES.join(", ")}.`);
  process.exit(1);
}

const secrets = readSecretKeys(process.env["SECRET_KEYS"]) ?? (sessions === "sqlite" ? undefined : [keepSecretKey(`${databasePath}.key`)]);
const { app, cloakroom, users, close } = openShop();
const given = process.env["BOOKSHOP_STAFF_PASSWORD"];
const staffPassword = await hireStaff(cloakroom, users, given);
const server = createServer(app);

server.on("error", (error: NodeJS.ErrnoException) => {
  console.error(error.code === "EADDRINUSE" ? `Port ${port} is taken. Choose another one: PORT=3001 npm start` : error.message);
  process.exitCode = 1;
});

// Loopback only: this is plain http, and a session that travels in clear belongs to everybody on the way.
server.listen(port, "127.0.0.1", () => {
  const { port: chosen } = server.address() as AddressInfo;
  console.log(`The bookshop is open: http://localhost:${chosen}`);
  if (staffPassword !== null) console.log(`Sign in as ${STAFF_NAME} to arrange the shop window. ${given ? "The password is the one you gave." : `The password, shown this once: ${staffPassword}`}`);
  console.log(`${sessions === "sqlite" ? "Its sessions and users live" : "Its sessions live in cookies, sealed; its users live"} in ${databasePath}. Stop it with Ctrl+C; carts are kept.`);
});

let stopping = false;

/** Finishes the requests under way, then closes the store. A second signal does not wait. */
function stop(): void {
  if (stopping) process.exit(1);
  stopping = true;
  server.close(() => void close());
  server.closeIdleConnections();
}

process.on("SIGINT", stop);
process.on("SIGTERM", stop);
