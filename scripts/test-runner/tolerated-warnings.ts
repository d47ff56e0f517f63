/** Any other warning of the process fails the test file that raised it. Each entry says whose fault it is. */
export const toleratedWarnings: readonly { readonly name: string; readonly text: RegExp; readonly why: string }[] = [
  { name: "ExperimentalWarning", text: /^SQLite is an experimental feature/, why: "Node 22 and 24 say this of node:sqlite until it is stable" },
  { name: "ExperimentalWarning", text: /^Type Stripping is an experimental feature/, why: "Node 22.18 says this when it runs TypeScript sources" },
  { name: "ExperimentalWarning", text: /^stripTypeScriptTypes is an experimental feature/, why: "the floors check reads sources with it" },
];
