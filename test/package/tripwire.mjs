// Runs in a process of its own: imports SPECIFIER while everything that an import might touch is watched, and prints what it did.
import childProcess from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

const found = [];
// Node's own loader works while a module is imported; only what comes from the package counts.
const fromPackage = () => /node_modules\/coatcheck\/|sin\.mjs/.test(new Error("where").stack ?? "");

function watch(object, name, method) {
  const original = object[method];
  object[method] = function watched(...args) {
    if (fromPackage()) found.push(`${name}${method} was called`);
    return Reflect.apply(original, this, args);
  };
}

const before = describeWorld();
const realDateNow = Date.now;
for (const method of ["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "fetch"]) watch(globalThis, "", method);
for (const method of Object.keys(fs).filter((key) => typeof fs[key] === "function" && /^[a-z]/.test(key))) watch(fs, "fs.", method);
for (const method of Object.keys(fs.promises).filter((key) => typeof fs.promises[key] === "function")) watch(fs.promises, "fs.promises.", method);
for (const method of ["createServer", "connect", "createConnection"]) watch(net, "net.", method);
for (const method of ["createServer", "request", "get"]) watch(http, "http.", method);
for (const method of ["spawn", "exec", "execFile", "fork", "spawnSync", "execFileSync"]) watch(childProcess, "child_process.", method);
for (const method of ["on", "once", "addListener", "prependListener"]) {
  const original = process[method];
  process[method] = function watched(event, ...rest) {
    if (fromPackage()) found.push(`process.${method}("${String(event)}") was called`);
    return Reflect.apply(original, this, [event, ...rest]);
  };
}
const environment = process.env;
const report = (name) => {
  if (typeof name === "string" && fromPackage()) found.push(`process.env.${name} was read`);
};
process.env = new Proxy(environment, {
  get: (target, name) => (report(name), Reflect.get(target, name)),
  has: (target, name) => (report(name), Reflect.has(target, name)),
  ownKeys: (target) => (report("*"), Reflect.ownKeys(target)),
});
syncBuiltinESMExports();
const watched = describeWorld();
const resourcesBefore = process.getActiveResourcesInfo();

await import("SPECIFIER");

const resourcesAfter = process.getActiveResourcesInfo();
process.env = environment;
const after = describeWorld();
for (const [name, value] of after) {
  const old = watched.get(name) ?? before.get(name);
  if (old !== value) found.push(`${name} was changed`);
}
if (Date.now !== realDateNow) found.push("Date.now was replaced");
for (const resource of resourcesAfter) {
  const at = resourcesBefore.indexOf(resource);
  if (at >= 0) resourcesBefore.splice(at, 1);
  else if (resource !== "CloseReq") found.push(`${resource} was left open`);
}
await new Promise((resolve) => process.stdout.write(JSON.stringify(found), resolve));
process.exit(0);

/** The own keys of what everybody shares, and who stands behind them. */
function describeWorld() {
  const world = new Map();
  const ids = (describeWorld.ids ??= new Map());
  const id = (value) => {
    if (!ids.has(value)) ids.set(value, ids.size);
    return ids.get(value);
  };
  const shared = { globalThis, Object, Array, String, Number, Date, Math, JSON, Promise, Map, Set, RegExp, Error, Function, Symbol, Reflect, Request, Response, Headers, crypto };
  for (const [name, object] of Object.entries(shared)) {
    note(name, object);
    if (typeof object === "function" && object.prototype) note(`${name}.prototype`, object.prototype);
  }
  note("http.ServerResponse.prototype", http.ServerResponse.prototype);
  note("http.IncomingMessage.prototype", http.IncomingMessage.prototype);
  return world;

  function note(name, object) {
    for (const key of Reflect.ownKeys(object)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(object, key);
      // Node defines some globals as getters that load the real thing when they are first used.
      if (name === "globalThis" && descriptor.get !== undefined) continue;
      world.set(`${name}.${String(key)}`, id(descriptor.value ?? descriptor.get ?? descriptor.set));
    }
    world.set(`${name} (its keys)`, Reflect.ownKeys(object).filter((key) => name !== "globalThis" || Reflect.getOwnPropertyDescriptor(object, key).get === undefined).map(String).join(" "));
  }
}
