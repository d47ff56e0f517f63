import type { Express } from "express";
import { html } from "../html.ts";
import { buttonForm } from "../parts/form.ts";
import type { Renderer } from "../render.ts";
import { route } from "../routes.ts";
import { say } from "../say.ts";

/** The visit counter: the only page that writes when it is merely opened. */
export function addVisits(app: Express, renderer: Renderer): void {
  route(app, "/visits", {
    get: async (req, res) => {
      const { session } = req.coat;
      const count = session.change("visits", (visits = 0) => visits + 1);
      // Saved here rather than with the response, so that the X-ray below the page shows the record with the new count.
      await session.save();
      await renderer.send(req, res, (view) => ({
        title: view.t.visits.title,
        main: html`<div class="narrow"><h1>${view.t.visits.title}</h1>
          <div class="card counter"><p class="digits" aria-hidden="true">${String(count).padStart(4, "0").split("").map((digit) => html`<span>${digit}</span>`)}</p>
            <p class="lead">${count === 1 ? view.t.visits.countOne : view.t.visits.countMany(count)}</p>
            <div class="actions"><a class="button strong" href="/visits">${view.t.visits.reload}</a>${buttonForm(view, "/visits/reset", view.t.visits.reset)}</div></div>
          <p>${view.t.visits.why}</p></div>`,
      }));
    },
  });

  route(app, "/visits/reset", {
    post: (req, res) => {
      req.coat.session.delete("visits");
      say(req, (said) => said.visitsReset);
      res.redirect(303, "/dashboard");
    },
  });
}
