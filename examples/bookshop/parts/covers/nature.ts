import { html } from "../../html.ts";
import type { DrawMotif } from "./shore.ts";

const TREES: readonly (readonly [x: number, y: number, r: number])[] = [[58, 92, 40], [158, 70, 50], [206, 150, 34], [104, 158, 42], [30, 176, 28]];

export const drawOrchard: DrawMotif = ({ ink, bright, deep }) => html`
  <path d="M0 214 Q60 190 120 208 T240 198 V232 Q120 246 0 232 Z" fill="${deep}" opacity="0.45"/>
  ${TREES.map(([x, y, r], tree) => html`
    <path d="M${x} ${y + r * 0.4} V${y + r + 26}" stroke="${ink}" stroke-width="5" stroke-linecap="round"/>
    <circle cx="${x}" cy="${y}" r="${r}" fill="${tree % 2 === 0 ? deep : "#7d9a5f"}"/>
    <circle cx="${x - r * 0.3}" cy="${y - r * 0.25}" r="${r * 0.55}" fill="#fff" opacity="0.12"/>
    ${[0, 1, 2, 3, 4].map((apple) => html`
      <circle cx="${(x + Math.cos(apple * 2.4 + tree) * r * 0.6).toFixed(1)}" cy="${(y + Math.sin(apple * 2.4 + tree) * r * 0.6).toFixed(1)}" r="${r * 0.12}" fill="${bright}"/>`)}`)}`;

export const drawMoth: DrawMotif = ({ ink, bright, deep }) => html`
  ${[26, 52, 78, 104, 130].map((r) => html`<circle cx="120" cy="128" r="${r}" fill="none" stroke="${deep}" stroke-dasharray="1 6" stroke-width="1.5" stroke-linecap="round"/>`)}
  ${[1, -1].map((side) => html`
    <g transform="translate(120 128) scale(${side} 1)">
      <path d="M4 -10 C30 -74 84 -76 96 -54 C104 -20 60 16 6 14 Z" fill="${bright}"/>
      <path d="M4 10 C40 14 74 26 66 58 C54 88 18 66 4 30 Z" fill="#b9763f"/>
      <path d="M22 -12 C40 -50 70 -56 82 -48 C86 -26 54 2 22 4 Z" fill="${deep}" opacity="0.75"/>
      <circle cx="60" cy="-32" r="11" fill="${ink}"/><circle cx="60" cy="-32" r="5.5" fill="#2a2630"/>
      <circle cx="42" cy="44" r="8" fill="${ink}" opacity="0.85"/><circle cx="42" cy="44" r="3.5" fill="#2a2630"/>
      <path d="M3 -26 C10 -46 20 -54 30 -56" fill="none" stroke="${ink}" stroke-width="2" stroke-linecap="round"/>
    </g>`)}
  <path d="M120 98 q9 8 8 30 q0 36 -8 52 q-8 -16 -8 -52 q-1 -22 8 -30" fill="${ink}"/>
  <path d="M112.5 126 h15 M113 138 h14 M113.5 150 h13" stroke="${deep}" stroke-width="2"/>`;

export const drawOrbit: DrawMotif = ({ ink, bright, deep, ground }) => html`
  ${[[24, 30], [60, 72], [210, 40], [186, 20], [30, 188], [220, 196], [120, 22], [206, 120], [14, 110]].map(([x, y]) => html`<circle cx="${x ?? 0}" cy="${y ?? 0}" r="1.7" fill="${ink}"/>`)}
  <circle cx="120" cy="132" r="58" fill="${deep}"/>
  <path d="M76 94 q30 -4 38 18 q-4 20 -30 22 q-16 12 -20 -2 q-2 -24 12 -38 M140 150 q20 -12 36 -2 q-2 26 -26 40 q-18 -6 -10 -38" fill="${bright}" opacity="0.55"/>
  <path d="M120 74 a58 58 0 0 1 0 116 a80 80 0 0 0 0 -116" fill="${ground}" opacity="0.35"/>
  <ellipse cx="120" cy="132" rx="104" ry="30" fill="none" stroke="${ink}" stroke-width="2" transform="rotate(-18 120 132)"/>
  <g transform="translate(206 92) rotate(14)">
    <path d="M0 0 C-2 -18 4 -30 10 -38" fill="none" stroke="${bright}" stroke-width="3.5"/>
    <path d="M2 -16 c-20 -2 -24 -16 -22 -24 c14 0 24 8 22 24 z M6 -24 c2 -18 14 -22 24 -20 c0 12 -8 22 -24 20 z" fill="${bright}"/>
    <path d="M-14 0 h28 l-4 18 h-20 z" fill="#e8734a"/>
  </g>`;

export const drawHexes: DrawMotif = ({ ground, ink, bright, deep }) => html`
  ${Array.from({ length: 5 }, (_, row) => Array.from({ length: 6 }, (__, column) => {
    const x = column * 46 + (row % 2) * 23 - 4;
    const y = 20 + row * 40;
    const kind = (row * 7 + column * 5) % 6;
    return html`<path d="M${x} ${y - 25} l22 12.5 v25 l-22 12.5 l-22 -12.5 v-25 z" fill="${kind === 0 ? bright : kind === 3 ? deep : "#f6c64f"}" stroke="${ink}" stroke-width="2"/>`;
  }))}
  <g transform="translate(134 112) rotate(-20)">
    <ellipse cx="-8" cy="-24" rx="13" ry="23" fill="#fff" opacity="0.9" stroke="${ink}" stroke-width="2" transform="rotate(-24)"/>
    <ellipse cx="12" cy="-22" rx="11" ry="20" fill="#fff" opacity="0.9" stroke="${ink}" stroke-width="2" transform="rotate(18)"/>
    <ellipse rx="36" ry="21" fill="#f7c33c" stroke="${ink}" stroke-width="2.5"/>
    <path d="M-10 -20 q-7 20 0 40 M6 -21 q-7 21 0 42 M21 -17 q-5 17 0 34" fill="none" stroke="${ink}" stroke-width="7"/>
    <circle cx="-37" cy="-2" r="11" fill="${ink}"/><path d="M-44 -10 q-10 -8 -16 -6 M-46 -4 q-12 0 -16 6" fill="none" stroke="${ink}" stroke-width="2.5" stroke-linecap="round"/>
  </g>
  <path d="M0 226 H240 V360 H0 Z" fill="${ground}"/><path d="M0 226 H240" stroke="${ink}" stroke-width="2"/>`;

export const drawSpice: DrawMotif = ({ ink, bright, deep }) => html`
  <circle cx="120" cy="262" r="78" fill="${deep}"/><circle cx="120" cy="258" r="78" fill="${ink}"/>
  <circle cx="120" cy="258" r="66" fill="none" stroke="${deep}" stroke-opacity="0.25" stroke-width="2"/>
  <circle cx="120" cy="258" r="48" fill="${bright}"/>
  ${Array.from({ length: 6 }, (_, index) => html`
    <path d="M120 258 q16 -20 0 -42 q-16 22 0 42" fill="${deep}" opacity="0.85" transform="rotate(${index * 60} 120 258)"/>`)}
  <circle cx="120" cy="258" r="7" fill="${ink}"/>
  ${[[24, 186], [216, 190], [20, 262], [220, 262], [62, 168], [182, 160]].map(([x, y], index) => html`
    <g transform="translate(${x ?? 0} ${y ?? 0}) rotate(${index * 40})">${[0, 45, 90, 135].map((angle) => html`
      <path d="M0 -11 V11" stroke="${bright}" stroke-width="4" stroke-linecap="round" transform="rotate(${angle})"/>`)}</g>`)}`;

export const drawSnow: DrawMotif = ({ ink, bright, deep }) => html`
  <path d="M0 280 Q70 236 132 268 T240 250 V360 H0 Z" fill="${deep}"/>
  <path d="M0 316 Q90 282 160 310 T240 300 V360 H0 Z" fill="${bright}" opacity="0.3"/>
  <g transform="translate(120 196)" stroke="${ink}" stroke-width="4" stroke-linecap="round" fill="none">
    ${Array.from({ length: 6 }, (_, index) => html`
      <g transform="rotate(${index * 60})"><path d="M0 0 V-62 M0 -26 l13 -13 M0 -26 l-13 -13 M0 -44 l10 -10 M0 -44 l-10 -10"/></g>`)}
  </g>
  ${["1", "2", "3", "5", "8", "13", "21", "34"].map((digits, index) => html`
    <text x="${[26, 206, 40, 214, 22, 216, 62, 178][index] ?? 0}" y="${[166, 150, 236, 226, 286, 282, 304, 314][index] ?? 0}" text-anchor="middle" font-family="Georgia, serif" font-size="${13 + index * 1.5}" fill="${index % 2 === 0 ? bright : ink}" fill-opacity="0.8">${digits}</text>`)}`;

export const drawClock: DrawMotif = ({ ink, bright, deep }) => html`
  ${Array.from({ length: 12 }, (_, index) => html`<path d="M120 26 v14" stroke="${bright}" stroke-width="7" stroke-linecap="round" transform="rotate(${index * 30} 120 124)"/>`)}
  <circle cx="120" cy="124" r="78" fill="${ink}"/><circle cx="120" cy="124" r="68" fill="none" stroke="${deep}" stroke-width="2"/>
  ${Array.from({ length: 12 }, (_, index) => html`<path d="M120 62 v${index % 3 === 0 ? 12 : 6}" stroke="${deep}" stroke-width="${index % 3 === 0 ? 4 : 2}" transform="rotate(${index * 30} 120 124)"/>`)}
  <path d="M120 124 L120 80 M120 124 L156 138" stroke="${deep}" stroke-width="5" stroke-linecap="round"/><circle cx="120" cy="124" r="6" fill="${bright}"/>
  <path d="M132 212 a18 18 0 0 1 3 -36 a26 26 0 0 1 48 -6 a21 21 0 0 1 14 42 z" fill="#dfe8e4"/>
  ${[142, 162, 182].map((x) => html`<path d="M${x} 222 l-5 14" stroke="${bright}" stroke-width="4" stroke-linecap="round"/>`)}`;
