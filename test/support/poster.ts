import { createCoatcheck, type CoatcheckOptions, type Refusal } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { makeView, Visitor, type AnyData } from "./visitor.ts";

/** Where posters post. */
export const TRANSFER = "https://shop.example/transfer";

/** What a browser says of a form that this very site sent. */
export const OWN: Readonly<Record<string, string>> = { "sec-fetch-site": "same-origin" };

/** What came of a post. */
export interface Posted {
  readonly refusal: Refusal | null;
  readonly entered: boolean;
}

/** A visitor whose posts are checked: the handler is entered only when nothing refuses. */
export class Poster extends Visitor {
  async post(headers: Record<string, string> = {}, fields: Record<string, string | string[]> = {}, options: { method?: string; url?: string; exempt?: boolean } = {}): Promise<Posted> {
    const cookie = headers["cookie"] ?? this.header();
    const url = options.url ?? TRANSFER;
    const view = {
      ...makeView({ method: options.method ?? "POST", url, headers: { accept: "text/html", ...(cookie === undefined ? {} : { cookie }), ...headers } }),
      bodyField: (name: string) => fields[name],
      bodyFields: () => new Map(Object.entries(fields)),
    };
    const coat = this.cloakroom.begin(view, { csrfExempt: options.exempt ?? false });
    if (coat.ready !== null) await coat.ready;
    const refusal = await coat.refusal;
    const ending = await coat.finish({ status: refusal?.status ?? 200, threw: false });
    this.jar.receive(ending?.setCookies ?? [], url, this.now);
    return { refusal, entered: refusal === null };
  }

  /** Renders a form and returns its token. */
  render(): Promise<string> {
    return this.run(({ csrf }) => csrf.token());
  }
}

/** A cloakroom and posters that visit it. */
export function setUpPosters(csrf: CoatcheckOptions["csrf"] = {}, options: CoatcheckOptions = {}): { make: () => Poster; poster: Poster; records: () => Promise<number> } {
  const cloakroom = createCoatcheck<AnyData>({ store: memoryStore(), production: false, csrf, ...options });
  const make = (): Poster => new Poster(cloakroom);
  return { make, poster: make(), records: async () => (await cloakroom.sessions.list()).length };
}

/** The word for which a post was refused. */
export const reasonOf = (refusal: Refusal | null): string | undefined => /<code>([a-z-]+)<\/code>/.exec(refusal?.body ?? "")?.[1];
