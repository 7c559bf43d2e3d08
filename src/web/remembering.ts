// How much the pages may remember, in bytes. All of it together decides how large the process
// grows, so it stands in one place: the desk is to stay under 150 MB with any number of tickets.

export const mostRemembered = {
  /** Pages as they were sent: three agents with their queues and a hundred tickets each. */
  pages: 7_000_000,
  /** What was read for a dashboard. */
  listings: 1_000_000,
  /** What was read for a ticket page. */
  readings: 1_000_000,
  /** Lines of the dashboard as HTML. */
  lines: 1_000_000,
  /** What people wrote as HTML. */
  texts: 1_000_000,
} as const

/** What a string takes at most; only texts in Latin letters take half of it. */
export const sizeOf = (text: string): number => 2 * text.length + 100

/** The same string in one piece: what was put together bit by bit keeps all its bits, at several times the size. */
export const inOnePiece = (text: string): string => Buffer.from(text).toString()
