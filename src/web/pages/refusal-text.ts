// Rules that say no, GitLab that cannot, branches that are missing: in the reader's words, each
// with what to do next.

import type { GatewayErrorKind } from '../../application/gateway-error.ts'
import type { Lane, Trouble } from '../../domain/operation.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { BranchProblem } from '../../domain/ticket.ts'
import type { Translate } from '../page.ts'
import { translatedOr } from '../translate.ts'

export const refusalText = (refusal: Refusal, t: Translate): string =>
  t(`refusals.${refusal.code}`, { ...refusal.particulars })

export const gatewayErrorText = (kind: GatewayErrorKind, t: Translate): string => t(`gateway.${kind}`)

export const branchProblemText = (why: BranchProblem, t: Translate): string => t(`branch.why.${why}`)

/** Codes of troubles come from adapters; one without a sentence of its own gets the general one. */
export const troubleText = (trouble: Trouble, t: Translate, lane: Lane = 'gitlab'): string =>
  lane === 'mail' && trouble.code !== 'gone'
    ? translatedOr(t, `trouble.mail.${trouble.code}`, 'trouble.mail.other')
    : translatedOr(t, `trouble.${trouble.code}`, 'trouble.other')
