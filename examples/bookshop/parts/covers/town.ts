import { html } from "../../html.ts";
import type { DrawMotif } from "./shore.ts";

export const drawPegs: DrawMotif = ({ ink, bright, deep }) => html`
  <rect y="52" width="240" height="20" fill="${deep}"/>
  <path d="M0 52 H240 M0 72 H240" stroke="${bright}" stroke-opacity="0.5"/>
  ${[34, 91, 149, 206].map((x) => html`
    <path d="M${x} 62 v16 q0 10 9 10 q8 0 8 -8" fill="none" stroke="${bright}" stroke-width="4" stroke-linecap="round"/>
    <circle cx="${x}" cy="60" r="6" fill="${bright}"/>`)}
  <path d="M91 84 l-34 22 l-8 118 h84 l-8 -118 z" fill="${ink}"/>
  <path d="M91 84 l-16 12 l16 34 l16 -34 z" fill="${deep}"/>
  <path d="M91 130 V224" stroke="${deep}" stroke-width="2"/>
  <circle cx="98" cy="148" r="2.6" fill="${deep}"/><circle cx="98" cy="172" r="2.6" fill="${deep}"/><circle cx="98" cy="196" r="2.6" fill="${deep}"/>
  <path d="M57 106 l-16 74 l15 6 l6 -30 z M125 106 l16 74 l-15 6 l-6 -30 z" fill="${ink}"/>
  <path d="M149 88 q-26 6 -20 20 h40 q6 -14 -20 -20" fill="${bright}" opacity="0.9" transform="translate(57 0)"/>
  <g transform="rotate(9 160 160)">
    <path d="M149 96 L158 140" stroke="${bright}" stroke-width="1.5"/>
    <path d="M142 140 h32 q4 0 4 4 v40 q0 4 -4 4 h-32 q-4 0 -4 -4 v-40 q0 -4 4 -4 z" fill="${bright}"/>
    <circle cx="158" cy="148" r="3" fill="${deep}"/>
    <text x="158" y="176" text-anchor="middle" font-family="Georgia, serif" font-size="22" font-weight="700" fill="${deep}">32</text>
  </g>`;

export const drawUmbrella: DrawMotif = ({ ink, bright, deep, ground }) => html`
  ${[[30, 150], [208, 138], [216, 236], [24, 258], [196, 318], [120, 138]].map(([x, y]) => html`
    <path d="M${x ?? 0} ${y ?? 0} l-5 17" stroke="${deep}" stroke-width="3" stroke-linecap="round"/>`)}
  <g transform="rotate(-12 120 240)">
    <path d="M120 168 V306 q0 18 17 18 q16 0 16 -16" fill="none" stroke="${ink}" stroke-width="6" stroke-linecap="round"/>
    <path d="M34 250 C36 188 74 168 120 168 C166 168 204 188 206 250 Q192 236 177 250 Q163 236 149 250 Q134 236 120 250 Q106 236 91 250 Q77 236 63 250 Q49 236 34 250 Z" fill="${bright}"/>
    <path d="M120 168 C100 188 92 214 91 250 Q77 236 63 250 C66 208 88 182 120 168 Z" fill="${ground}" opacity="0.9"/>
    <path d="M120 168 C140 188 148 214 149 250 Q163 236 177 250 C174 208 152 182 120 168 Z" fill="${ground}" opacity="0.9"/>
    <path d="M120 168 v-14" stroke="${ink}" stroke-width="5" stroke-linecap="round"/>
  </g>`;

export const drawTrain: DrawMotif = ({ ink, bright, deep }) => html`
  ${[[30, 118], [72, 138], [204, 112], [182, 150], [120, 128], [222, 168], [16, 176]].map(([x, y], index) => html`
    <circle cx="${x ?? 0}" cy="${y ?? 0}" r="${index % 2 === 0 ? 1.6 : 2.3}" fill="${ink}"/>`)}
  <path d="M170 120 a24 24 0 1 0 22 34 a19 19 0 1 1 -22 -34" fill="${bright}"/>
  <path d="M0 236 L44 188 L84 226 L132 168 L188 230 L240 192 V360 H0 Z" fill="${deep}" opacity="0.75"/>
  <path d="M132 168 l-16 20 l12 -3 l8 8 l9 -9 z M44 188 l-11 12 l9 -2 l7 6 l5 -5 z" fill="${ink}" opacity="0.85"/>
  <path d="M0 278 H240 V360 H0 Z" fill="#11122a"/>
  <path d="M0 236 h176 q34 0 46 34 v14 H0 Z" fill="#0c0d20"/>
  <path d="M0 262 H214" stroke="${bright}" stroke-width="2.5"/>
  ${[10, 44, 78, 112, 146].map((x) => html`<rect x="${x}" y="244" width="24" height="14" rx="2" fill="${bright}"/>`)}
  <path d="M184 244 h10 q8 4 12 14 h-22 z" fill="${bright}"/>
  <path d="M218 276 L240 266 V300 Z" fill="${bright}" opacity="0.45"/>
  <path d="M0 292 H240 M0 300 H240" stroke="${deep}" stroke-width="3"/>
  ${[0, 1, 2, 3, 4, 5, 6, 7, 8].map((index) => html`<path d="M${12 + index * 28} 290 l-6 14" stroke="${deep}" stroke-width="3"/>`)}`;

export const drawStage: DrawMotif = ({ bright, deep }) => html`
  <path d="M120 0 L48 214 H192 Z" fill="${bright}" opacity="0.5"/>
  <ellipse cx="120" cy="214" rx="74" ry="13" fill="${bright}"/>
  <path d="M120 96 a13 13 0 1 1 0.1 0 M104 126 q16 -14 32 0 l10 86 h-52 z" fill="#30121f"/>
  <path d="M95 214 L26 236 H80 L116 216 Z" fill="#1c0a13" opacity="0.8"/>
  ${[0, 1, 2].map((index) => html`
    <path d="M${index * 22} 0 h22 q-3 130 ${-14 - index * 6} 226 h-22 z" fill="${deep}" opacity="${1 - index * 0.16}"/>
    <path d="M${240 - index * 22} 0 h-22 q3 130 ${14 + index * 6} 226 h22 z" fill="${deep}" opacity="${1 - index * 0.16}"/>`)}
  <path d="M0 0 H240 V24 q-20 18 -40 0 q-20 18 -40 0 q-20 18 -40 0 q-20 18 -40 0 q-20 18 -40 0 q-20 18 -40 0 Z" fill="${deep}"/>
  <path d="M0 24 q20 18 40 0 q20 18 40 0 q20 18 40 0 q20 18 40 0 q20 18 40 0 q20 18 40 0" fill="none" stroke="${bright}" stroke-width="2"/>`;

export const drawStamp: DrawMotif = ({ ink, bright, deep, ground }) => html`
  <g transform="rotate(-4 120 140)">
    <rect x="48" y="36" width="144" height="194" fill="#fffaf0"/>
    ${Array.from({ length: 10 }, (_, index) => html`
      <circle cx="${55 + index * 14.5}" cy="36" r="4.5" fill="${ground}"/><circle cx="${55 + index * 14.5}" cy="230" r="4.5" fill="${ground}"/>`)}
    ${Array.from({ length: 13 }, (_, index) => html`
      <circle cx="48" cy="${45 + index * 14.7}" r="4.5" fill="${ground}"/><circle cx="192" cy="${45 + index * 14.7}" r="4.5" fill="${ground}"/>`)}
    <rect x="62" y="50" width="116" height="166" fill="${bright}"/>
    <circle cx="120" cy="106" r="38" fill="none" stroke="#f6d98a" stroke-width="5"/>
    <circle cx="120" cy="106" r="23" fill="#f4e3d3"/>
    <path d="M76 216 q4 -72 44 -76 q40 4 44 76 z" fill="#f4e3d3"/>
    <path d="M92 170 h56 v34 h-56 z" fill="#fffaf0" stroke="${ink}" stroke-width="2"/><path d="M92 170 l28 20 l28 -20" fill="none" stroke="${ink}" stroke-width="2"/>
    <path d="M99 98 a21 14 0 0 1 42 0 z" fill="${ink}"/><path d="M96 98 h48" stroke="${ink}" stroke-width="4" stroke-linecap="round"/>
    <text x="70" y="70" font-family="Georgia, serif" font-size="17" font-weight="700" fill="#fffaf0">12</text>
  </g>
  <g fill="none" stroke="${deep}" stroke-width="3" opacity="0.75">
    <circle cx="188" cy="208" r="34"/><circle cx="188" cy="208" r="24"/>
    <path d="M150 196 q-20 -8 -40 0 t-40 0 t-40 0 M150 208 q-20 -8 -40 0 t-40 0 t-40 0 M150 220 q-20 -8 -40 0 t-40 0 t-40 0"/>
  </g>`;
