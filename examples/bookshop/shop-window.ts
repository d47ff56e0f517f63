import { BOOKS, findBook, type Book } from "./books.ts";

/** The book of the month, until the staff choose another one or the shop closes. */
export class ShopWindow {
  #book: Book | undefined = BOOKS[0];

  get book(): Book | undefined {
    return this.#book;
  }

  /** Puts a book into the window. False when the shop does not sell it. */
  show(slug: string): boolean {
    const book = findBook(slug);
    if (book !== undefined) this.#book = book;
    return book !== undefined;
  }
}
