const NAMES = /pass(?:word|wd|phrase)|^pwd$|secret|api[_-]?key|private[_-]?key|access[_-]?token|credit[_-]?card|card[_-]?number|^cvv$|^cvc$|^ssn$|^iban$/i;
const JWT = /^eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*$/;
const API_KEY = /^(?:sk|pk|rk)_(?:live|test)_\w{8,}|^ghp_\w{20,}|^AKIA[A-Z0-9]{12,}|^xox[abp]-/;

/** What a value looks like that should be neither in a session nor in a plain cookie; null when it looks harmless. */
export function lookForSecret(name: string, value: unknown): string | null {
  if (typeof value !== "string" || value === "" || value.length > 4096) return null;
  if (JWT.test(value)) return "a JWT";
  if (API_KEY.test(value)) return "an API key";
  if (isCardNumber(value)) return "a card number";
  return NAMES.test(name) ? "its name says so" : null;
}

/** Thirteen to nineteen digits whose Luhn sum is right. */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, "");
  if (!/^\d{13,19}$/.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    const worth = at % 2 === 1 ? digit * 2 : digit;
    sum += worth > 9 ? worth - 9 : worth;
  }
  return sum % 10 === 0;
}
