// The link with which a requester proves that an address is theirs: it works once, within twenty
// minutes, and an address is sent at most three an hour. Afterwards the browser is theirs for a
// working day, and at the longest for a day, unless they sign out.

/** Milliseconds, all of them. */
const minute = 60_000
const hour = 60 * minute

export const signInTimes = {
  /** So long a link can be used. */
  link: 20 * minute,
  /** So far back links are counted. */
  counted: hour,
  /** What the link has begun ends so long after the last page … */
  idle: 8 * hour,
  /** … and so long after its beginning. */
  absolute: 24 * hour,
  /** Clocks of two servers may differ by this much. */
  skew: minute,
  /** So long an account that has proven an address keeps it: mailboxes go on to other people. */
  proof: 365 * 24 * hour,
} as const

const linksAnHour = 3

export type SignInLink = {
  readonly address: string
  readonly madeAt: number
  readonly usedAt: number | null
}

/** `at`: UTC milliseconds. */
export const isAlive = ({ madeAt, usedAt }: SignInLink, at: number): boolean =>
  usedAt === null && at - madeAt < signInTimes.link && madeAt - at < signInTimes.skew

/** `sent`: how many went to the address within the last hour. */
export const mayBeSentAnother = (sent: number): boolean => sent < linksAnHour
