/**
 * The Django releases whose wire formats were measured. Between two of them the older one's rules hold, so name the newest that
 * is not newer than yours: `"4.2"` stands for 4.2 to 5.1, `"5.2"` for 5.2.15 and later 5.2 and 6.0 releases.
 */
export type DjangoRelease = "2.2" | "3.2" | "4.2" | "5.2" | "6.1";

/** All of them, oldest first. */
export const DJANGO_RELEASES: readonly DjangoRelease[] = ["2.2", "3.2", "4.2", "5.2", "6.1"];

/** Whether a release is `first` or newer. */
export function isAtLeast(release: DjangoRelease, first: DjangoRelease): boolean {
  return DJANGO_RELEASES.indexOf(release) >= DJANGO_RELEASES.indexOf(first);
}
