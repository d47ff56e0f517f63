import { MiddlewareMissing } from "../errors.ts";
import type { Hold } from "./hold-state.ts";
import { holdKey } from "./hold-state.ts";
import type { SeamCoat } from "./seam.ts";

/** The coat that an adapter put on this request, or an error that shows the line which is missing. */
export function findCoat(req: object, line: string): SeamCoat {
  const hold = (req as { [holdKey]?: Hold })[holdKey];
  if (hold === undefined) throw new MiddlewareMissing(line);
  return hold.coat;
}
