/** Markup that may be sent as it is. Only `html` makes it, so everything else is escaped on its way into a page. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What a template takes. Text and numbers are escaped; null, undefined and false leave nothing. */
export type Piece = Html | string | number | null | undefined | false | readonly Piece[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Makes text safe between tags and inside quoted attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function renderPiece(piece: Piece): string {
  if (piece === null || piece === undefined || piece === false) return "";
  if (piece instanceof Html) return piece.toString();
  if (typeof piece === "string") return escapeText(piece);
  if (typeof piece === "number") return String(piece);
  return piece.map(renderPiece).join("");
}

/**
 * A template whose values are escaped: ``html`<p>${name}</p>` ``. Attribute values must stand in quotes, because
 * escaping cannot protect an unquoted one.
 */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  let markup = parts[0] ?? "";
  pieces.forEach((piece, index) => {
    markup += renderPiece(piece) + (parts[index + 1] ?? "");
  });
  return new Html(markup);
}
