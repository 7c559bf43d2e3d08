// Signing in with GitLab and out again. A session begins only when GitLab has answered both: that
// it is this account, and which role it has.

import { GatewayError } from '../../application/gateway-error.ts'
import { isAgent } from '../../domain/role.ts'
import { flash } from '../flash.ts'
import { passageOf, tooMany } from '../flood-gate.ts'
import { signInPage } from '../pages/sign-in.ts'
import { renderPage } from '../rendering.ts'
import { localPath } from '../security.ts'
import type { Answer, Visit } from '../visit.ts'
import { page, redirect } from '../visit.ts'

/** Who signs in and is no agent has their own tickets here; the desk's pages would only turn them away. */
const forRequester = (returnTo: string): string =>
  /^\/(my-tickets|open-issue|t)([/?]|$)/u.test(returnTo) ? returnTo : '/my-tickets'

type SignInProblem = 'expired' | 'refused' | 'unreachable'

const startUrl = (returnTo: string): string =>
  returnTo === '/' ? '/sign-in/gitlab' : `/sign-in/gitlab?returnTo=${encodeURIComponent(returnTo)}`

const signIn = (visit: Visit, returnTo: string, status: number, problem: SignInProblem | null): Answer =>
  page(renderPage(signInPage(visit.context(), { startUrl: startUrl(returnTo), problem })), status)

export const form = (visit: Visit): Promise<Answer> | Answer => {
  const returnTo = localPath(visit.query.get('returnTo'))
  if (visit.viewer) return redirect(returnTo)
  if (visit.query.get('go') === 'gitlab') return leave(visit)
  return signIn(visit, returnTo, 200, null)
}

export const leave = async (visit: Visit): Promise<Answer> => {
  const { door } = visit
  const passage = passageOf(visit, 'sign-in')
  if (!passage.open) return tooMany(visit, passage)
  const { url, secrets } = await door.signIn.begin()
  const leaving = door.cookies.leaving(secrets, localPath(visit.query.get('returnTo')))
  return { kind: 'redirect', status: 302, to: url, cookies: [leaving] }
}

export const create = async (visit: Visit): Promise<Answer> => {
  const { door, request } = visit
  const leaving = door.cookies.readLeaving(visit.cookies[door.cookies.names.leaving] ?? '')
  if (!leaving) return signIn(visit, '/', 400, 'expired')
  const account = await door.signIn
    .finish({ callbackUrl: `${door.baseUrl}${request.url}`, secrets: leaving.secrets })
    .catch((error: unknown) => {
      if (error instanceof GatewayError && error.kind === 'unauthorised') return error
      throw error
    })
  if (account instanceof GatewayError) {
    door.log.warn({ err: account }, 'GitLab did not confirm a sign-in')
    return signIn(visit, leaving.returnTo, 403, 'refused')
  }
  const session = await door.sessions.begin(account)
  const standing = await door.sessions.standing(session)
  return {
    kind: 'redirect',
    to: standing && isAgent(standing.viewer.role) ? leaving.returnTo : forRequester(leaving.returnTo),
    cookies: [door.cookies.session(session), door.cookies.forget('leaving')],
  }
}

export const end = async (visit: Visit): Promise<Answer> => {
  const { door, viewer } = visit
  if (viewer) await door.sessions.end(viewer)
  return {
    kind: 'redirect',
    to: '/sign-in',
    // Whoever leaves a shared computer leaves it altogether.
    cookies: [door.cookies.forget('session'), door.cookies.forget('requester')],
    flash: flash('done', 'flash.signedOut'),
  }
}
