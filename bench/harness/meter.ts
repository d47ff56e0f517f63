/** What the rounds read before and after each slice. */
export interface Meter {
  readonly name: "cpu" | "wall";
  /** A reading in microseconds; only differences mean something. */
  read(): number;
}

/**
 * Processor time of the whole process, garbage collector and compiler threads included. It does not count the time in
 * which another program had the processor, so it is the meter for a busy machine.
 */
export const cpuMeter: Meter = {
  name: "cpu",
  read: () => {
    const usage = process.cpuUsage();
    return usage.user + usage.system;
  },
};

/** Elapsed time. */
export const wallMeter: Meter = { name: "wall", read: () => performance.now() * 1000 };
