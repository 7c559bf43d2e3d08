import type { CallCounts } from './calls.ts'
import type { Clock } from './clock.ts'
import type { Faults } from './faults.ts'
import type { Postman } from './mail/postman.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Database } from './store/database.ts'
import type { HookSender } from './webhooks/sender.ts'

/** Everything one running sandbox consists of; handed to every route. */
export type World = {
  db: Database
  clock: Clock
  /** The address links are made of, never taken from a request. Set once the port is known. */
  url: string
  version: string
  /** How long an issue update waits between reading the labels and writing them (milliseconds). */
  raceWindowMs: number
  /** How long a webhook's receiver has to answer (milliseconds). */
  hookTimeoutMs: number
  oauthSecret: string
  faults: Faults
  calls: CallCounts
  limits: RateLimits
  hooks: HookSender
  postman: Postman
  /** Where mail is taken; undefined without `smtpPort`. */
  smtp: { host: string; port: number } | undefined
}
