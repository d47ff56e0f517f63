const LONGEST_DOMAIN = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const ONLY_DIGITS = /^(?:[0-9]+|0x[0-9a-f]*)$/;

/** A Domain attribute as it is sent: lower case, without the leading dot that old programs wrote. */
export function normalizeDomain(domain: string): string {
  return (domain.startsWith(".") ? domain.slice(1) : domain).toLowerCase();
}

/**
 * Says why a text cannot be a Domain attribute, or gives undefined when it can. Only names of at least two host labels
 * can: browsers refuse addresses and top-level domains.
 *
 * @see RFC 6265bis sections 4.1.1 and 5.7
 * @example
 * domainProblem("shop.example.org"); // undefined
 * domainProblem("https://example.org"); // "has a character that no host name has"
 */
export function domainProblem(domain: string): string | undefined {
  const name = normalizeDomain(domain);
  if (name === "") return "is empty";
  if (/[^\x21-\x7e]/.test(name)) return "has a character outside ASCII: write the xn-- form";
  if (name.startsWith("[") || /^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*$/.test(name)) return "is an IP address";
  if (/[^a-z0-9.-]/.test(name)) return "has a character that no host name has";
  if (name.length > LONGEST_DOMAIN) return `is longer than ${LONGEST_DOMAIN} characters`;
  const labels = name.split(".");
  if (labels.length < 2) return "is a single label";
  for (const label of labels) {
    if (!LABEL.test(label)) return "has a label that is empty, longer than 63 characters, or begins or ends with a hyphen";
  }
  if (ONLY_DIGITS.test(labels[labels.length - 1] ?? "")) return "is an IP address";
  return undefined;
}
