// What those who run the desk look at from afar: how much waits to be sent and for how long, what was told of
// promises, and how large the data are. Cheap enough to be asked for every few seconds, however many tickets there are.

import type { Lane } from '../domain/operation.ts'

/** What waits to be sent to one of the two: GitLab, or the mail server. */
export type LanePulse = {
  readonly lane: Lane
  /** Not sent yet, or being sent. */
  readonly waiting: number
  /** Sent, and nobody knows with what effect: looked up before it is sent again. */
  readonly unknown: number
  /** Refused for good: a lead decides. */
  readonly stuck: number
  /** When the oldest was made (UTC ms) that could be sent, were its receiver there; null = none. */
  readonly oldestAt: number | null
}

export type Pulse = {
  readonly lanes: readonly LanePulse[]
  /** How often it was told that a promise runs out (`approaching`) or was broken (`missed`), since the last rebuild. */
  readonly told: readonly { readonly kind: string; readonly news: string; readonly times: number }[]
  /** Of the whole database. */
  readonly bytes: number
  readonly schema: number
}

export type MonitoringReader = {
  pulse(): Promise<Pulse>
}
