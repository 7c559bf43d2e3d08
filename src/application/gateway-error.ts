// GitLab could not do it, or would not. The kind decides what happens next: transient is tried
// again, permanent is shown to a person, conflict is looked at again, unauthorised means our
// token, missing means the thing is not there (any more).

export type GatewayErrorKind = 'transient' | 'permanent' | 'conflict' | 'unauthorised' | 'missing'

/** GitLab could not, or would not. `effect`: whether the call may have done something all the same. */
export class GatewayError extends Error {
  readonly kind: GatewayErrorKind
  readonly effect: 'none' | 'maybe'
  /** HTTP status, null when there was no answer. */
  readonly status: number | null
  /** Milliseconds GitLab asked us to wait, null when it did not. */
  readonly retryAfter: number | null

  constructor(
    kind: GatewayErrorKind,
    message: string,
    more: {
      effect?: 'none' | 'maybe'
      status?: number | null
      retryAfter?: number | null
      cause?: unknown
    } = {},
  ) {
    super(message, { cause: more.cause })
    this.name = 'GatewayError'
    this.kind = kind
    this.effect = more.effect ?? 'none'
    this.status = more.status ?? null
    this.retryAfter = more.retryAfter ?? null
  }
}
