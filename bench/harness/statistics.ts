/** The middle value; the mean of the two middle ones when their number is even. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("There is no median of nothing.");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/**
 * Half the width of the interval that holds the true median in about 95 of 100 repetitions, from the order statistics
 * (so it supposes no shape of the noise). With fewer than six values it is half their whole range.
 */
export function medianUncertainty(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  if (count < 2) return Number.POSITIVE_INFINITY;
  const reach = 0.98 * Math.sqrt(count);
  const low = Math.max(0, Math.floor(count / 2 - reach));
  const high = Math.min(count - 1, Math.ceil(count / 2 + reach) - 1);
  return ((sorted[high] as number) - (sorted[low] as number)) / 2;
}

/** Element by element `a - b`: what a layer added in each round. */
export function differences(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length) throw new RangeError(`${a.length} rounds cannot be paired with ${b.length}.`);
  return a.map((value, index) => value - (b[index] as number));
}
