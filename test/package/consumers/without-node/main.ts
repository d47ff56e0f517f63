import { createCoatcheck } from "coatcheck";
import { coatcheck } from "coatcheck/fetch";
import { memoryStore } from "coatcheck/memory";

const cloakroom = createCoatcheck<{ visits: number }>({ store: memoryStore() });

export default {
  fetch: coatcheck(cloakroom, (request, coat) => {
    const visits: number = coat.session.change("visits", (n = 0) => n + 1);
    return new Response(`${request.url}: ${visits}`);
  }),
};
