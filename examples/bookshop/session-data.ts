/** What the shop keeps in a session. */
declare module "coatcheck" {
  interface SessionData {
    /** Slugs of books, each one once. */
    cart: string[];
    visits: number;
    note: string;
  }
}

export {};
