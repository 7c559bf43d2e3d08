// A requester's own tickets, and how they prove that an address is theirs. Whatever is typed into the
// form, the answer is the same and takes the same time: what is known of the address is looked up beside it.

import { randomBytes } from 'node:crypto'
import { askForSignInLink } from '../../application/ask-for-sign-in-link.ts'
import { GatewayError } from '../../application/gateway-error.ts'
import { listMyTickets } from '../../application/list-my-tickets.ts'
import { readSignInLink, useSignInLink } from '../../application/use-sign-in-link.ts'
import { isPlainAddress } from '../../domain/mail-address.ts'
import type { Agent } from '../../domain/role.ts'
import { isAgent } from '../../domain/role.ts'
import { flash } from '../flash.ts'
import { passageOf, tooMany } from '../flood-gate.ts'
import { lineOf } from '../form-fields.ts'
import { myTicketsPage } from '../pages/my-tickets.ts'
import { confirmPage, deadLinkPage, linkAskedPage, proveAddressPage } from '../pages/prove-address.ts'
import { renderPage } from '../rendering.ts'
import type { Answer, Visit } from '../visit.ts'
import { page, redirect } from '../visit.ts'
import { linkLives } from './requester-tickets.ts'

const tokenBytes = 32

/** Whoever works here is an agent on this page too, and nobody's requester: they look at tickets in the desk. */
const accountOf = ({ viewer }: Visit): Agent | null =>
  viewer !== null && !isAgent(viewer.role) ? viewer : null

/** Without a mail server nobody can prove an address. */
const canProve = ({ door }: Visit): boolean => door.parts.sendSignInLink !== undefined

export const show = async (visit: Visit): Promise<Answer> => {
  const { door } = visit
  const requester = await visit.requester()
  const account = accountOf(visit)
  if (requester === null && account === null)
    return page(renderPage(proveAddressPage(visit.context(), { canProve: canProve(visit) })))
  const cursor = visit.query.get('cursor') ?? null
  const found = await listMyTickets(door.parts, { address: requester?.address ?? null, account, cursor })
  return page(
    renderPage(
      myTicketsPage(visit.context(), {
        ...found,
        urlOf: ({ ticket, generation }) =>
          ticket.resolvedAt !== null && door.parts.clock.now() - ticket.resolvedAt > linkLives
            ? null
            : `/t/${door.links.tokenFor({ id: ticket.id, email: ticket.requester.email, generation })}`,
        further: cursor !== null && cursor !== '',
        proven: requester?.address ?? null,
        canProve: canProve(visit),
      }),
    ),
  )
}

/** What the mail server said is kept without words: they name the address. */
const reportUnsent = ({ door }: Visit, error: unknown): void => {
  if (error instanceof GatewayError)
    door.log.warn({ kind: error.kind, status: error.status }, 'a sign-in link could not be mailed')
  else
    door.log.error(
      { name: error instanceof Error ? error.name : typeof error },
      'asking for a sign-in link met a bug',
    )
}

export const ask = async (visit: Visit): Promise<Answer> => {
  const { door, locale } = visit
  if (!canProve(visit)) return redirect('/my-tickets')
  const address = lineOf((await visit.form()).fields, 'email')
  if (!isPlainAddress(address)) {
    const problem = visit.t(address === '' ? 'errors.required' : 'errors.email')
    const model = proveAddressPage(visit.context(), { canProve: true, address, problem })
    return page(renderPage(model), 422)
  }
  // Not by address: whoever names somebody else's must not shut them out, and mails to one are counted where it is known.
  const passage = passageOf(visit, 'sign-in-link')
  if (!passage.open) return tooMany(visit, passage)
  const token = randomBytes(tokenBytes).toString('base64url')
  const url = `${door.baseUrl}/my-tickets/sign-in/${token}`
  door.aside(() =>
    askForSignInLink(door.parts, { address, language: locale, token, url }).then(
      () => undefined,
      (error: unknown) => reportUnsent(visit, error),
    ),
  )
  return redirect('/my-tickets/sign-in')
}

export const asked = (visit: Visit): Answer =>
  canProve(visit) ? page(renderPage(linkAskedPage(visit.context()))) : redirect('/my-tickets')

const dead = (visit: Visit): Answer => page(renderPage(deadLinkPage(visit.context())), 404)

const confirming = (visit: Visit, address: string): Answer => {
  const token = visit.param('token')
  return page(renderPage(confirmPage(visit.context(), { address, token })))
}

/** Looking uses nothing up: mail scanners look. */
export const confirm = async (visit: Visit): Promise<Answer> => {
  const { door } = visit
  const token = visit.param('token')
  const link = await readSignInLink(door.parts, token)
  if (!link) return dead(visit)
  visit.sendCookie(door.cookies.proof(token))
  return confirming(visit, link.address)
}

/**
 * Only where the page with the button was shown in this browser: another site could post the form with a link of
 * somebody else's, and whoever then writes would write in that one's name.
 */
export const prove = async (visit: Visit): Promise<Answer> => {
  const { door } = visit
  const token = visit.param('token')
  if (door.cookies.readProof(visit.cookies[door.cookies.names.proof] ?? '') !== token) return confirm(visit)
  const proven = await useSignInLink(door.parts, { token, userId: accountOf(visit)?.id ?? null })
  if (!proven) return dead(visit)
  return {
    kind: 'redirect',
    to: '/my-tickets',
    cookies: [door.cookies.requester(door.requesters.begin(proven)), door.cookies.forget('proof')],
  }
}

export const end = async (visit: Visit): Promise<Answer> => {
  const { door } = visit
  const requester = await visit.requester()
  if (requester) await door.requesters.end(requester.address)
  return {
    kind: 'redirect',
    to: '/my-tickets',
    cookies: [door.cookies.forget('requester')],
    flash: flash('done', 'flash.signedOut'),
  }
}
