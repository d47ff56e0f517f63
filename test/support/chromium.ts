import { chromium, type BrowserContext } from "playwright-core";
import { findEngine } from "./engine.ts";

/** Keeps Chromium from looking for hosts outside, and lets it run as root. */
const ARGUMENTS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  // One way to draw letters on every machine, so that pictures differ only where pages do.
  "--font-render-hinting=none",
];

export interface ChromiumOptions {
  readonly width?: number;
  readonly height?: number;
  /** Default true. */
  readonly javaScript?: boolean;
  /** Pixels of the picture for each pixel of the page. Default 1. */
  readonly scale?: number;
}

/** Starts Debian's Chromium with a profile of its own in `folder`; starting it there again finds the cookies that were kept. */
export async function startChromium(folder: string, options: ChromiumOptions = {}): Promise<BrowserContext> {
  const { width = 1280, height = 900, javaScript = true, scale = 1 } = options;
  const executablePath = findEngine("chromium");
  if (executablePath === undefined) throw new Error("There is no Chromium. Run scripts/provision.");
  return chromium.launchPersistentContext(folder, {
    executablePath,
    args: ARGUMENTS,
    viewport: { width, height },
    deviceScaleFactor: scale,
    javaScriptEnabled: javaScript,
    // Animations would make pictures depend on the moment.
    reducedMotion: "reduce",
  });
}
