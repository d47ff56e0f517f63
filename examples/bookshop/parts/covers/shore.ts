import type { CoverDesign } from "../../books.ts";
import { html, type Html } from "../../html.ts";

/** A canvas is 240 wide and 360 high. A motif leaves the third where the title stands calm. */
export type DrawMotif = (design: CoverDesign) => Html;

function wave(y: number, height: number): string {
  let path = `M-20 ${y}`;
  for (let x = -20; x < 260; x += 40) path += ` q10 ${-height} 20 0 t20 0`;
  return `${path} V360 H-20 Z`;
}

export const drawTide: DrawMotif = ({ ink, bright, deep, ground }) => html`
  <circle cx="176" cy="182" r="30" fill="${bright}"/>
  <path d="M60 170 L-30 128 V188 Z" fill="${bright}" opacity="0.35"/>
  <path d="M72 170 L240 120 V214 Z" fill="${bright}" opacity="0.2"/>
  <path d="M57 180 h18 l7 88 h-32 z" fill="${ink}"/>
  <path d="M55 205 h22 l1.6 20 h-25.2 z M52.3 240 h27.4 l1.4 18 h-30.2 z" fill="#c94f3d"/>
  <path d="M56 178 v-16 h20 v16 z" fill="${bright}"/>
  <path d="M53 162 l13 -13 l13 13 z" fill="#c94f3d"/>
  <path d="M20 282 q20 -24 46 -24 q30 0 48 26 z" fill="${deep}"/>
  <path d="${wave(276, 12)}" fill="#2f6f86"/>
  <path d="${wave(296, 14)}" fill="#235a72"/>
  <path d="${wave(318, 14)}" fill="${ground}"/>
  <path d="${wave(338, 12)}" fill="${deep}"/>`;

const BOATS: readonly (readonly [x: number, y: number, left: number, right: number])[] = [
  [62, 66, 215, 270], [178, 82, 315, 45], [62, 178, 180, 45], [178, 192, 225, 135],
];

export const drawSemaphore: DrawMotif = ({ ink, bright, deep }) => html`
  <rect y="0" width="240" height="14" fill="${bright}"/><rect y="14" width="240" height="5" fill="${deep}"/>
  ${BOATS.map(([x, y, left, right]) => html`
    <g transform="translate(${x} ${y})">
      <circle cy="-22" r="8" fill="${ink}"/>
      <path d="M-8 -10 h16 l4 46 h-24 z" fill="${ink}"/>
      ${[left, right].map((angle) => html`
        <g transform="rotate(${angle})">
          <path d="M0 0 V-42" stroke="${ink}" stroke-width="4"/>
          <path d="M0 -44 h22 v20 z" fill="${deep}"/><path d="M0 -44 v20 h22 z" fill="${bright}"/>
        </g>`)}
    </g>`)}
  <path d="M20 246 H220" stroke="${ink}" stroke-width="1.5"/>`;

export const drawFolds: DrawMotif = ({ ink, bright, deep, ground }) => html`
  <path d="M0 190 L70 150 L130 200 L200 140 L240 180 V360 H0 Z" fill="${deep}"/>
  <path d="M0 190 L70 150 L60 250 Z" fill="#fff" opacity="0.35"/>
  <path d="M130 200 L200 140 L190 262 Z" fill="#fff" opacity="0.28"/>
  <path d="M70 150 L130 200 L60 250 Z" fill="${ink}" opacity="0.25"/>
  <path d="M0 262 L60 250 L120 300 L190 262 L240 296 V360 H0 Z" fill="${ink}" opacity="0.72"/>
  <path d="M120 300 L190 262 L170 360 H96 Z" fill="${ink}" opacity="0.8"/>
  <path d="M0 262 L60 250 L40 360 H0 Z" fill="${ground}" opacity="0.16"/>
  <g transform="translate(132 178)">
    <path d="M-46 0 L46 0 L26 26 H-26 Z" fill="${bright}"/>
    <path d="M0 -44 L26 0 H-26 Z" fill="#fff"/>
    <path d="M0 -44 L26 0 H0 Z" fill="${bright}" opacity="0.45"/>
    <path d="M-46 0 L-10 0 L-26 26 Z" fill="${ink}" opacity="0.25"/>
  </g>`;

function ring(index: number): string {
  const grow = 16 + index * 19;
  const lean = Math.sin(index * 1.7) * 10;
  return `M${118 - grow} ${236 + lean} C${112 - grow} ${236 - grow * 1.05}, ${104 + grow * 0.7} ${222 - grow * 1.15 - lean}, ${122 + grow} ${230}`
    + ` S${132 + grow * 0.5} ${242 + grow * 0.95}, ${112} ${244 + grow * 0.82 + lean} S${116 - grow} ${262 + grow * 0.4}, ${118 - grow} ${236 + lean} Z`;
}

export const drawContours: DrawMotif = ({ ink, bright, deep }) => html`
  <rect y="112" width="240" height="248" fill="#dfe6cf"/>
  ${[9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((index) => html`<path d="${ring(index)}" fill="${deep}" fill-opacity="0.13" stroke="${deep}" stroke-width="1.4"/>`)}
  <rect width="240" height="112" fill="#cfd8bd"/>
  <path d="M0 112 H240" stroke="${ink}" stroke-width="1.5"/>
  <path d="M206 344 C186 300 214 280 178 262 S122 284 104 252 S128 214 112 198" fill="none" stroke="${bright}" stroke-width="4" stroke-dasharray="2 9" stroke-linecap="round"/>
  <circle cx="206" cy="344" r="6" fill="${ink}"/>
  <path d="M112 198 c-20 -26 -14 -44 0 -44 s20 18 0 44 z" fill="${bright}"/><circle cx="112" cy="171" r="6" fill="#fff"/>`;
