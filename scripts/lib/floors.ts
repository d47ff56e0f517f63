/**
 * The house: a file imports its own folder, and what stands before its folder's row. Folders in one row never import one another.
 * A name that ends in `.ts` is a file of `src/`, any other is a folder of it.
 */
export const floors: readonly { readonly floor: string; readonly rooms: readonly string[] }[] = [
  { floor: "0, ground", rooms: ["errors.ts", "clock.ts"] },
  { floor: "0", rooms: ["cookie", "crypto"] },
  { floor: "1", rooms: ["codec", "formats"] },
  { floor: "2, contract", rooms: ["store"] },
  { floor: "2", rooms: ["stores"] },
  { floor: "3", rooms: ["session"] },
  { floor: "4", rooms: ["manager"] },
  { floor: "5", rooms: ["csrf", "auth", "messages", "preferences"] },
  { floor: "6", rooms: ["coat", "signing.ts"] },
  { floor: "6, compositions", rooms: ["django", "migrate"] },
  { floor: "6, the main door", rooms: ["index.ts"] },
  { floor: "7", rooms: ["adapters", "inspector", "conformance", "testing"] },
  { floor: "7, the command line", rooms: ["cli"] },
];

/** Modules of Node that any file may use: other runtimes have them too. */
export const portableModules: readonly string[] = ["node:crypto", "node:diagnostics_channel", "node:async_hooks"];

/** Rooms that may use any module of Node, as long as the main door does not lead to them at run time. */
export const nodeRooms: readonly string[] = ["adapters", "stores", "cli", "inspector", "conformance", "testing"];

/** Files that read the machine's time: the clock itself, and what runs outside an application. */
export const clockRooms: readonly string[] = ["clock.ts", "conformance", "testing"];

export function roomOf(file: string): string {
  return file.split("/")[0] ?? file;
}

/** The row of `floors` that a room stands in, or -1. */
export function rowOf(room: string): number {
  return floors.findIndex(({ rooms }) => rooms.includes(room));
}
