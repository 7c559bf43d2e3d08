// How much of what anybody may send is still help that somebody needs, and from when on it is a flood.
// The first few things from one place simply go through. Beyond that they need better signs of a person,
// and what lacks them is held until a lead has looked; only what no desk could read any more is refused.

/** What strangers can do over and over: open a ticket, answer on their own page, ask to be signed in. */
export type Gate = 'form' | 'reply' | 'sign-in' | 'sign-in-link'

/** By whom it is counted: the place it comes from, the e-mail address it names, everybody together. */
export type Counted = 'client' | 'address' | 'all'

export type Bound = {
  /** Milliseconds. */
  readonly window: number
  /** Never more than so many in any window. */
  readonly limit: number
}

/** For each door, each way of counting that is bounded there. */
export type FloodLimits = {
  readonly gates: Readonly<Record<Gate, Readonly<Partial<Record<Counted, Bound>>>>>
  /** How many may have come to the form before, within its windows, until more is asked of the next one. */
  readonly form: {
    /** From then on an odd time counts. */
    readonly odd: { readonly client: number; readonly all: number }
    /** From then on the browser must have worked. */
    readonly work: { readonly client: number; readonly all: number }
    /** From then on a lead looks at whatever names this e-mail address. */
    readonly address: number
  }
}

const minute = 60_000
const hour = 60 * minute

/**
 * One client can be a whole school behind one address: its numbers are those of a bad morning there, not of
 * one person. An e-mail address is one person's, but anybody can name it: its numbers must not shut them out.
 */
export const floodLimits: FloodLimits = {
  gates: {
    form: {
      client: { window: 10 * minute, limit: 100 },
      address: { window: hour, limit: 60 },
      all: { window: 10 * minute, limit: 2_000 },
    },
    reply: {
      client: { window: 10 * minute, limit: 60 },
      address: { window: 10 * minute, limit: 60 },
      all: { window: 10 * minute, limit: 2_000 },
    },
    'sign-in': {
      client: { window: 10 * minute, limit: 120 },
      all: { window: 10 * minute, limit: 5_000 },
    },
    // Each is a mail to an address that anybody can name.
    'sign-in-link': {
      client: { window: hour, limit: 20 },
      address: { window: hour, limit: 3 },
      all: { window: hour, limit: 500 },
    },
  },
  form: { odd: { client: 10, all: 60 }, work: { client: 20, all: 200 }, address: 20 },
}

// --- Counting ----------------------------------------------------------------------------------

/**
 * How many came lately: one number for each tenth of the window, the newest first. It takes the same little
 * room whatever comes in.
 */
export type Tally = { readonly newest: number; readonly slices: readonly number[] }

const slicesInWindow = 10
/** A window that begins and ends inside a slice touches one more: all of it counts. */
const slicesKept = slicesInWindow + 1

const sliceLength = ({ window }: Bound): number => window / slicesInWindow

const noSlices: readonly number[] = Array.from({ length: slicesKept }, () => 0)

export const emptyTally: Tally = { newest: 0, slices: noSlices }

/** The tally as it stands at `at` (UTC ms). A clock that was turned back makes nobody wait for the old time. */
const movedTo = ({ newest, slices }: Tally, at: number, bound: Bound): Tally => {
  const now = Math.floor(at / sliceLength(bound))
  const passed = now - newest
  if (passed <= 0) return { newest: now, slices }
  if (passed >= slicesKept) return { newest: now, slices: noSlices }
  return { newest: now, slices: [...noSlices.slice(0, passed), ...slices.slice(0, slicesKept - passed)] }
}

/** How many came within the window before `at` (UTC ms), and at most a tenth of it earlier. */
export const countAt = (tally: Tally, at: number, bound: Bound): number =>
  movedTo(tally, at, bound).slices.reduce((sum, number) => sum + number, 0)

export const oneMore = (tally: Tally, at: number, bound: Bound, more = 1): Tally => {
  const { newest, slices } = movedTo(tally, at, bound)
  return { newest, slices: slices.map((number, index) => (index === 0 ? number + more : number)) }
}

/** When there is room for one more (UTC ms); null = now. */
export const roomAt = (tally: Tally, at: number, bound: Bound): number | null => {
  const { newest, slices } = movedTo(tally, at, bound)
  let count = slices.reduce((sum, number) => sum + number, 0)
  if (count < bound.limit) return null
  // The oldest leave first.
  for (let index = slicesKept - 1; index >= 0; index--) {
    count -= slices[index] ?? 0
    if (count < bound.limit) return (newest + slicesKept - index) * sliceLength(bound)
  }
  return (newest + slicesKept) * sliceLength(bound)
}

// --- Who it is ---------------------------------------------------------------------------------

const ipv4InIpv6 = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/iu

/**
 * By what a visitor's network address is counted: IPv4 as it is, of IPv6 the first 64 bits, since everybody
 * at home has all the addresses behind those.
 */
export const clientOf = (address: string): string => {
  const v4 = ipv4InIpv6.exec(address)?.[1]
  if (v4 !== undefined) return v4
  if (!address.includes(':')) return address
  // The link it came by (`fe80::1%eth0`) is no part of it.
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array.from({ length: gap }, () => '0'), ...after]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/u, ''))
    .join(':')}::/64`
}

/** An e-mail address as it is counted: letter case makes no new person, and neither does what follows a plus. */
export const addressCounted = (address: string): string => {
  const [, name = '', domain = ''] = /^([^@+]*)[^@]*@(.*)$/u.exec(address.trim().toLowerCase()) ?? []
  return `${name}@${domain}`.slice(0, 320)
}

// --- Doubt -------------------------------------------------------------------------------------

/** Why something is held: what a lead reads. */
export type Doubt =
  | 'trap'
  | 'no-time'
  | 'too-quick'
  | 'too-old'
  | 'many-from-client'
  | 'many-from-address'
  | 'many-in-all'

export const doubts: readonly Doubt[] = [
  'trap',
  'no-time',
  'too-quick',
  'too-old',
  'many-from-client',
  'many-from-address',
  'many-in-all',
]

/** Milliseconds. Nobody reads, fills in and sends the form within two seconds; a tab left over night is no robot. */
const quickest = 2_000
const oldest = 24 * hour

export type Signs = {
  /** The field that people never see is filled in. */
  readonly trapped: boolean
  /** When the page was made (UTC ms), by our own signature; null = it does not say, or not with our signature. */
  readonly renderedAt: number | null
  /** The browser has done the work that the page asked for. */
  readonly worked: boolean
  /** How many were sent before this one, by each way of counting. */
  readonly before: Readonly<Record<Counted, number>>
}

/** An odd time says little by itself: people go back, reload and let the browser fill in. Many of them say more. */
const oddTime = (renderedAt: number | null, at: number): Doubt | null => {
  if (renderedAt === null) return 'no-time'
  if (at - renderedAt < quickest) return 'too-quick'
  return at - renderedAt > oldest ? 'too-old' : null
}

/** Whether a page that is made now should ask the browser for its work before it is sent. */
export const asksForWork = (before: Signs['before'], { work }: FloodLimits['form']): boolean =>
  before.client >= work.client || before.all >= work.all

/** Why a person should look at it first; null = it goes through. `at`: UTC ms. */
export const doubtOf = (signs: Signs, at: number, limits: FloodLimits['form']): Doubt | null => {
  const { trapped, renderedAt, worked, before } = signs
  if (trapped) return 'trap'
  // No work shows that an address belongs to whoever names it.
  if (before.address >= limits.address) return 'many-from-address'
  if (!worked && before.client >= limits.work.client) return 'many-from-client'
  if (!worked && before.all >= limits.work.all) return 'many-in-all'
  const odd = before.client >= limits.odd.client || before.all >= limits.odd.all
  return odd ? oddTime(renderedAt, at) : null
}

// --- Work --------------------------------------------------------------------------------------

/** Leading zero bits of a SHA-256: some 65,000 tries, a moment for one person and a burden for a flood. */
export const workBits = 16

/** Whether this digest begins with so many zero bits. */
export const isWork = (digest: Uint8Array, bits = workBits): boolean => {
  const whole = Math.floor(bits / 8)
  if (digest.subarray(0, whole).some((byte) => byte !== 0)) return false
  return (digest[whole] ?? 0) >> (8 - (bits % 8)) === 0
}

// --- What is held ------------------------------------------------------------------------------

/** What lies there for a lead, as a whole or of one client. */
export type HeldAmount = { readonly count: number; readonly bytes: number }

const megabyte = 1_048_576

/** A flood must fill neither the disk nor a lead's day, and one client not the room of all. */
export const heldBounds = {
  all: { count: 2_000, bytes: 256 * megabyte },
  client: { count: 100, bytes: 64 * megabyte },
} as const

export const hasRoom = (
  held: { readonly all: HeldAmount; readonly client: HeldAmount },
  bytes: number,
): boolean =>
  (['all', 'client'] as const).every(
    (by) => held[by].count < heldBounds[by].count && held[by].bytes + bytes <= heldBounds[by].bytes,
  )
