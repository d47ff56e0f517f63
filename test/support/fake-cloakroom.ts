import type { Ending, HandlerOutcome, RequestView, RouteOptions } from "../../src/coat/exchange.ts";
import type { Coatcheck, Refusal } from "../../src/index.ts";

/** What a fake coat answers at the end of a request. */
export type FinishPlan = (outcome: HandlerOutcome) => Ending | null | Promise<Ending | null>;

/** An Ending with only the parts that a test is about. */
export function ending(parts: Partial<Ending> = {}): Ending {
  return { setCookies: [], vary: [], noStore: false, headers: [], ...parts };
}

export class FakeCoat {
  readonly view: RequestView;
  readonly route: RouteOptions | undefined;
  readonly outcomes: HandlerOutcome[] = [];
  ready: Promise<void> | null = null;
  refusal: Promise<Refusal | null> | Refusal | null = null;
  remains: Ending | null = null;
  #plan: FinishPlan;

  constructor(view: RequestView, route: RouteOptions | undefined, plan: FinishPlan) {
    this.view = view;
    this.route = route;
    this.#plan = plan;
  }

  finish(outcome: HandlerOutcome): Ending | null | Promise<Ending | null> {
    this.outcomes.push(outcome);
    return this.#plan(outcome);
  }
}

/** The seam of a cloakroom without anything behind it: the test decides when and how each commit ends. */
export class FakeCloakroom {
  readonly settings: object;
  readonly coats: FakeCoat[] = [];
  plan: FinishPlan;
  prepare: (coat: FakeCoat) => void = () => {};

  constructor(plan: FinishPlan = () => null, settings: object = {}) {
    this.plan = plan;
    this.settings = settings;
  }

  begin(view: RequestView, route?: RouteOptions): FakeCoat {
    const coat = new FakeCoat(view, route, (outcome) => this.plan(outcome));
    this.prepare(coat);
    this.coats.push(coat);
    return coat;
  }

  get last(): FakeCoat {
    const coat = this.coats.at(-1);
    if (coat === undefined) throw new Error("No request has begun.");
    return coat;
  }

  /** The fake where a real cloakroom is asked for. */
  asCloakroom(): Coatcheck {
    return this as unknown as Coatcheck;
  }
}
