import type { Book, Motif } from "../books.ts";
import { html, type Html } from "../html.ts";
import { drawClock, drawHexes, drawMoth, drawOrbit, drawOrchard, drawSnow, drawSpice } from "./covers/nature.ts";
import { drawContours, drawFolds, drawSemaphore, drawTide, type DrawMotif } from "./covers/shore.ts";
import { drawPegs, drawStage, drawStamp, drawTrain, drawUmbrella } from "./covers/town.ts";

const MOTIFS: Readonly<Record<Motif, DrawMotif>> = {
  tide: drawTide, umbrella: drawUmbrella, semaphore: drawSemaphore, moth: drawMoth, train: drawTrain, orchard: drawOrchard,
  folds: drawFolds, clock: drawClock, pegs: drawPegs, spice: drawSpice, orbit: drawOrbit, stage: drawStage,
  stamp: drawStamp, snow: drawSnow, hexes: drawHexes, contours: drawContours,
};

const DISPLAY = "Iowan Old Style, Palatino Linotype, Palatino, Georgia, DejaVu Serif Condensed, serif";

/** A book's cover. Decoration: the title stands in the page beside it, so screen readers skip it. */
export function drawCover(book: Book): Html {
  const { cover } = book;
  const leading = cover.titleSize * 1.08;
  const firstLine = cover.titleAt === "top" ? 22 + cover.titleSize : 318 - leading * (cover.lines.length - 1);
  return html`<svg class="cover" viewBox="0 0 240 360" aria-hidden="true" focusable="false" preserveAspectRatio="xMidYMid slice">
    <rect width="240" height="360" fill="${cover.ground}"/>
    ${MOTIFS[cover.motif](cover)}
    <g fill="${cover.ink}" font-family="${DISPLAY}">
      ${cover.lines.map((line, index) => html`
        <text x="20" y="${(firstLine + leading * index).toFixed(1)}" font-size="${cover.titleSize}" font-weight="700">${line}</text>`)}
      <text x="20" y="${cover.titleAt === "top" ? 348 : 344}" font-size="13" letter-spacing="1.4" fill="${cover.authorInk ?? cover.ink}">${book.author.toUpperCase()}</text>
    </g>
    <path d="M7 0 V360" stroke="#000" stroke-opacity="0.18" stroke-width="2"/>
    <path d="M9.5 0 V360" stroke="#fff" stroke-opacity="0.16" stroke-width="1.5"/>
  </svg>`;
}
