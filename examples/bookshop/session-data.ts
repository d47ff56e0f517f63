/** What the shop keeps in a session. */
declare module "coatcheck" {
  interface SessionData {
    /** Slugs of books, each one once. */
    cart: string[];
    /** How the visitor wants to be called. */
    name: string;
    visits: number;
    note: string;
  }
}

export {};
