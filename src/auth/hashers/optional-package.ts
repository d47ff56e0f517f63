import { HasherUnavailable } from "../../errors.ts";

/**
 * Loads a package that an application has only if it wants this hasher. The name is a value, so that bundlers and type checkers do not ask
 * for a package that is not there; where nothing can be loaded by name, hand the package to the hasher.
 *
 * @throws HasherUnavailable as a rejection, with the cure
 */
export async function loadOptionalPackage<Shape>(name: string, algorithm: string, cure: string): Promise<Shape> {
  try {
    return (await import(name)) as Shape;
  } catch (cause) {
    throw new HasherUnavailable(algorithm, cure, { cause });
  }
}
