/** One group of test files: they run together, and no two groups run at the same time. */
export interface Group {
  readonly name: string;
  /** The folder, relative to the root, that belongs to this group. */
  readonly folder: string;
  /** Files at once. More than the machine's cores only makes timing worse. */
  readonly concurrency: number;
  /** A file that takes longer is ended and fails. */
  readonly fileLimitSeconds: number;
}

/** Files in a group of their own; everything else under `test/` is a unit test. */
export const groups: readonly Group[] = [
  { name: "unit", folder: "test", concurrency: 2, fileLimitSeconds: 120 },
  { name: "types", folder: "test/types", concurrency: 1, fileLimitSeconds: 300 },
  { name: "mutants", folder: "test/mutants", concurrency: 2, fileLimitSeconds: 300 },
  { name: "races", folder: "test/races", concurrency: 2, fileLimitSeconds: 240 },
  { name: "attacks", folder: "test/attacks", concurrency: 2, fileLimitSeconds: 180 },
  { name: "matrix", folder: "test/matrix", concurrency: 2, fileLimitSeconds: 180 },
  { name: "examples", folder: "test/examples", concurrency: 1, fileLimitSeconds: 180 },
  { name: "package", folder: "test/package", concurrency: 1, fileLimitSeconds: 300 },
  { name: "runtimes", folder: "test/runtimes", concurrency: 1, fileLimitSeconds: 300 },
  { name: "backends", folder: "test/backends", concurrency: 1, fileLimitSeconds: 600 },
  { name: "browser", folder: "test/browser", concurrency: 1, fileLimitSeconds: 300 },
];

/** The group with the longest folder that holds the file. `file` is relative to the root, with forward slashes. */
export function findGroup(file: string): Group | undefined {
  let best: Group | undefined;
  for (const group of groups) {
    if (file.startsWith(`${group.folder}/`) && group.folder.length > (best?.folder.length ?? 0)) best = group;
  }
  return best;
}
