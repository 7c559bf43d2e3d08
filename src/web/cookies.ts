// The cookies of this desk, each with its rules. Over https their names begin with __Host-, which
// browsers hold to: this host only, the whole of it, never over plain http.

import { stringifySetCookie } from 'cookie'
import { z } from 'zod'
import type { Clock } from '../application/ports.ts'
import { signInTimes } from '../domain/sign-in-link.ts'
import type { Flash } from './flash.ts'
import { flashShape, sayFlash } from './flash.ts'
import type { Locale, PageContext, Translate } from './page.ts'
import { sealFor } from './sealing.ts'
import { sessionTimes } from './session.ts'

/** What is kept in the browser between leaving for GitLab and coming back. */
const Leaving = z.object({ secrets: z.string(), returnTo: z.string(), at: z.number() })
export type Leaving = z.infer<typeof Leaving>

const Sent = z.object({ flash: flashShape, at: z.number() })

/** That the page with this link's button was shown here. */
const Shown = z.object({ token: z.string(), at: z.number() })

const minute = 60_000
const leavingFor = 10 * minute
/** A message nobody fetched by then speaks of a page nobody remembers. */
const flashFor = 2 * minute
const year = 365 * 24 * 60 * minute

export type Cookies = {
  readonly names: Readonly<Record<'session' | 'requester' | 'flash' | 'leaving' | 'proof' | 'locale', string>>
  /** Whole Set-Cookie lines. */
  session(value: string): string
  requester(value: string): string
  proof(token: string): string
  flash(flash: Flash): string
  leaving(secrets: string, returnTo: string): string
  locale(locale: Locale): string
  forget(name: 'session' | 'requester' | 'flash' | 'leaving' | 'proof'): string
  flashText(value: string, t: Translate): PageContext['flash']
  readLeaving(value: string): Leaving | null
  /** The token of the link whose page was shown; null where none was lately. */
  readProof(value: string): string | null
}

export const createCookies = (
  keys: readonly Uint8Array[],
  options: { readonly secure: boolean; readonly clock: Clock },
): Cookies => {
  const { secure, clock } = options
  const prefix = secure ? '__Host-belay' : 'belay'
  const names = {
    session: prefix,
    requester: `${prefix}-requester`,
    flash: `${prefix}-flash`,
    leaving: `${prefix}-sign-in`,
    proof: `${prefix}-proof`,
    locale: `${prefix}-language`,
  }
  const flashSeal = sealFor('flash', keys)
  const leavingSeal = sealFor('sign-in', keys)
  const proofSeal = sealFor('proof', keys)
  const set = (name: string, value: string, milliseconds: number): string =>
    stringifySetCookie({
      name,
      value,
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure,
      maxAge: Math.floor(milliseconds / 1_000),
    })
  const within = (at: number, milliseconds: number): boolean => {
    const age = clock.now() - at
    return age < milliseconds && age > -minute
  }
  return {
    names,
    session: (value) => set(names.session, value, sessionTimes.absolute),
    requester: (value) => set(names.requester, value, signInTimes.absolute),
    proof: (token) => set(names.proof, proofSeal.seal({ token, at: clock.now() }), signInTimes.link),
    flash: (flash) => set(names.flash, flashSeal.seal({ flash, at: clock.now() }), flashFor),
    leaving: (secrets, returnTo) =>
      set(names.leaving, leavingSeal.seal({ secrets, returnTo, at: clock.now() }), leavingFor),
    locale: (locale) => set(names.locale, locale, year),
    forget: (name) => set(names[name], '', 0),
    flashText: (value, t) => {
      const sent = Sent.safeParse(flashSeal.unseal(value))
      return sent.success && within(sent.data.at, flashFor) ? sayFlash(sent.data.flash, t) : null
    },
    readLeaving: (value) => {
      const leaving = Leaving.safeParse(leavingSeal.unseal(value))
      return leaving.success && within(leaving.data.at, leavingFor) ? leaving.data : null
    },
    readProof: (value) => {
      const shown = Shown.safeParse(proofSeal.unseal(value))
      return shown.success && within(shown.data.at, signInTimes.link) ? shown.data.token : null
    },
  }
}
