/**
 * Adds names to a Vary value and keeps what stands there as it is written: `*` already covers everything, a name that is
 * there in any case is not repeated (RFC 9110 section 12.5.5).
 *
 * @returns the new value, or null when nothing has to change.
 */
export function mergeVary(existing: string, names: readonly string[]): string | null {
  if (existing === "") return names.length > 1 ? names.join(", ") : (names[0] ?? null);
  const listed = new Set<string>();
  for (const entry of existing.split(",")) listed.add(entry.trim().toLowerCase());
  if (listed.has("*")) return null;
  let merged = existing;
  for (const name of names) {
    const key = name.toLowerCase();
    if (listed.has(key)) continue;
    listed.add(key);
    merged = merged.trim() === "" ? name : `${merged}, ${name}`;
  }
  return merged === existing ? null : merged;
}
