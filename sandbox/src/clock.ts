/** The one source of "now" in the sandbox, in UTC milliseconds. Real time is read only in `start.ts`. */
export type Clock = { now(): number }

/** GitLab's timestamps: ISO 8601, UTC, milliseconds. */
export function iso(ms: number): string {
  return new Date(ms).toISOString()
}

export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms)
}

/** The older form with a space that webhook bodies use ("2026-01-02 03:04:05 UTC"). */
export function rubyTime(ms: number): string {
  return `${iso(ms).slice(0, 19).replace('T', ' ')} UTC`
}

/** A date without a time, as in `due_date` and `expires_at`. */
export function dateOnly(ms: number): string {
  return iso(ms).slice(0, 10)
}
