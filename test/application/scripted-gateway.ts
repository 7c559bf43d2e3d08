// A GitLab of one test, for what a real one cannot be made to play: a time-out after the effect, an answer that comes
// late, a replica that lags. Without a script it does what it is told and knows nothing.

import { GatewayError } from '../../src/application/gateway-error.ts'
import type { Claimed, Gateway } from '../../src/application/ports.ts'
import type { Outcome } from '../../src/domain/operation.ts'

type Call = { readonly method: keyof Gateway; readonly what: string }

export type ScriptedGateway = Gateway & {
  /** Every call, in order, with what it was about. */
  readonly calls: readonly Call[]
  /** The calls of one method. */
  called(method: keyof Gateway): string[]
  /** From now on this method plays this; without a second argument what it does by itself. */
  play<M extends keyof Gateway>(method: M, script?: Gateway[M]): void
  /** From now on every method fails so. */
  failAll(error: () => Error): void
  recover(): void
}

export const timeOut = () => new GatewayError('transient', 'no answer in time', { effect: 'maybe' })
export const refusedConnection = () => new GatewayError('transient', 'connection refused')
export const serverError = () => new GatewayError('transient', '502', { effect: 'maybe', status: 502 })
export const tooMany = (retryAfter: number) =>
  new GatewayError('transient', 'Retry later', { status: 429, retryAfter })
export const refusedForGood = () => new GatewayError('permanent', 'title is too long', { status: 400 })
export const badToken = () => new GatewayError('unauthorised', '401 Unauthorized', { status: 401 })
export const notThere = () => new GatewayError('missing', '404 Not found', { status: 404 })

export const scriptedGateway = (): ScriptedGateway => {
  const calls: Call[] = []
  let number = 0

  const outcomeOf = ({ operation, ticket }: Claimed): Outcome => {
    number++
    switch (operation.intent.kind) {
      case 'upload':
        return { kind: 'uploaded', markdown: `![](/uploads/${number})`, path: `/uploads/${number}` }
      case 'open':
        return {
          kind: 'opened',
          iid: 100 + number,
          url: `http://gitlab/${100 + number}`,
          changedAt: ticket.changedAt,
        }
      case 'change':
        return { kind: 'changed', labels: ticket.labels, changedAt: ticket.changedAt }
      case 'branch':
        return { kind: 'branch-made', name: `${ticket.iid}-confidential-issue`, url: null }
      case 'note':
        return { kind: 'noted', noteId: 1_000 + number }
      case 'hand-to-service-desk':
        return { kind: 'handed-to-service-desk', to: operation.intent.address }
      case 'erase':
        return { kind: 'erased', left: [] }
      case 'mail':
        return { kind: 'mailed', messageId: `${operation.id}@desk.example` }
    }
  }

  const usual: Gateway = {
    perform: async (claimed) => outcomeOf(claimed),
    lookUp: async () => null,
    listing: async () => ({ tickets: [], next: null, total: 0 }),
    labels: async () => [],
    history: async () => null,
    members: async () => [],
    roleOf: async () => 'requester',
    hasServiceDesk: async () => false,
    heldUntil: () => 0,
    remaining: () => null,
    download: async () => ({ bytes: new Uint8Array(), type: 'text/plain' }),
  }
  const played: Partial<Gateway> = {}
  let fault: (() => Error) | null = null

  const answer = async <T>(method: keyof Gateway, what: string, usually: () => Promise<T>): Promise<T> => {
    calls.push({ method, what })
    if (fault) throw fault()
    return usually()
  }
  const now = <M extends keyof Gateway>(method: M): Gateway[M] => played[method] ?? usual[method]

  return {
    calls,
    called: (method) => calls.filter((call) => call.method === method).map(({ what }) => what),
    play: (method, script) => {
      if (script) played[method] = script
      else delete played[method]
    },
    failAll: (error) => {
      fault = error
    },
    recover: () => {
      fault = null
    },
    perform: (claimed) => answer('perform', claimed.operation.intent.kind, () => now('perform')(claimed)),
    lookUp: (claimed) => answer('lookUp', claimed.operation.intent.kind, () => now('lookUp')(claimed)),
    listing: (options) => answer('listing', JSON.stringify(options), () => now('listing')(options)),
    history: (iid, options) => answer('history', String(iid), () => now('history')(iid, options)),
    labels: () => answer('labels', '', () => now('labels')()),
    members: () => answer('members', '', () => now('members')()),
    roleOf: (id) => answer('roleOf', String(id), () => now('roleOf')(id)),
    // Asked beside the members: no call that a test is about.
    hasServiceDesk: () => now('hasServiceDesk')(),
    heldUntil: () => now('heldUntil')(),
    remaining: () => now('remaining')(),
    download: (path) => answer('download', path, () => now('download')(path)),
  }
}
