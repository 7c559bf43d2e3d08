// When the desk works. A calendar says the hours of each weekday in local time, its holidays and its extra days;
// a newer version takes over on its first day and changes nothing before it. Business time between two instants
// is what falls into these hours; a due time is the first instant at which so much business time has gone by.

/** Minutes since local midnight, half-open; `to` may be 1,440. */
export type Hours = { readonly from: number; readonly to: number }

/** `year` null: every year. */
export type Holiday = { readonly year: number | null; readonly month: number; readonly day: number }

export type CalendarVersion = {
  /** The first local day on which it holds, `YYYY-MM-DD`; null = from ever. */
  readonly validFrom: string | null
  /** IANA name. */
  readonly timeZone: string
  /** Monday first; each in order and without overlaps. */
  readonly week: readonly (readonly Hours[])[]
  readonly holidays: readonly Holiday[]
  /** Days (`YYYY-MM-DD`) with hours of their own, holidays or not. */
  readonly extraDays: Readonly<Record<string, readonly Hours[]>>
}

/** Plain data: it is handed to other threads. */
export type Calendar = {
  readonly id: string
  /** By `validFrom`, the oldest first; never empty. */
  readonly versions: readonly CalendarVersion[]
}

export type WorkingHours = {
  /** Business milliseconds in [from, to), UTC ms; 0 where `to` is not after `from`. */
  between(from: number, to: number): number
  /** The first instant at which so much business time has gone by since `from`; null where that is never. */
  after(from: number, duration: number): number | null
}

/** Day and night: what a desk without a calendar keeps. */
export const aroundTheClock: WorkingHours = {
  between: (from, to) => Math.max(0, to - from),
  after: (from, duration) => from + Math.max(0, duration),
}

/** Throws RangeError for a time zone nobody knows. What is compiled is kept with the calendar. */
export const workingHours = (_calendar: Calendar): WorkingHours => {
  throw new Error('not there yet')
}
