import { startTimer } from "../../clock.ts";

/** After a broken connection the next one is tried so much later, in milliseconds. */
const RECONNECT_MS = 500;

/**
 * Opens a connection that listens, and resolves once it does with what closes it. When that fails it lets go of everything and rejects;
 * afterwards it calls `lost` once, when the connection has ended by itself and is let go of.
 */
export type OpenListener = (lost: () => void) => Promise<() => void>;

/**
 * Keeps one connection listening: when it breaks another is opened, one attempt after another. Before the first success nothing is tried
 * behind the caller's back.
 *
 * @param missed a connection listens again, and texts may have been lost meanwhile
 * @returns what ends it
 * @throws what the first attempt failed with
 */
export async function keepListening(open: OpenListener, missed: () => void): Promise<() => Promise<void>> {
  let closeCurrent: (() => void) | null = null;
  let stopTimer: (() => void) | null = null;
  let isClosed = false;

  const attempt = async (): Promise<void> => {
    const close = await open(() => {
      closeCurrent = null;
      tryAgain();
    });
    if (isClosed) close();
    else closeCurrent = close;
  };
  const tryAgain = (): void => {
    if (isClosed) return;
    stopTimer = startTimer(RECONNECT_MS, () => {
      attempt().then(() => {
        if (!isClosed) missed();
      }, tryAgain);
    });
  };

  await attempt();
  return async () => {
    isClosed = true;
    stopTimer?.();
    closeCurrent?.();
    closeCurrent = null;
  };
}
