/** A store that can keep a secret for the processes that share it: the embedded database. */
export interface SettingKeeper {
  readSetting(name: string): Promise<string | null>;
  /** Keeps the value unless there is one already, and returns the one that is kept. */
  writeSettingOnce(name: string, value: string): Promise<string>;
}

/** Whether a store can keep a secret beside the sessions. */
export function keepsSettings<Store extends object>(store: Store): store is Store & SettingKeeper {
  const candidate = store as Partial<SettingKeeper>;
  return typeof candidate.readSetting === "function" && typeof candidate.writeSettingOnce === "function";
}
