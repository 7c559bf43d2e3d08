// What became of a mail, in words: its state with a shape of its own, why it is so, and what a person can
// do next. Every reason has its sentences; one that is added without them does not get past the tests.

import type { LedgerMail } from '../../application/mail-ports.ts'
import type { MailState } from '../../domain/mail.ts'
import type { PageContext, Translate } from '../page.ts'

/** In the order in which they are counted. */
export const mailStates: readonly MailState[] = [
  'opened',
  'appended',
  'bounced',
  'ignored',
  'quarantined',
  'received',
]

export type MailStanding = {
  readonly state: MailState
  readonly stateWord: string
  /** In few words, for a line. */
  readonly reason: string
  readonly why: string
  readonly next: string
  /** A mail server's or parser's own words. */
  readonly detail: string | null
}

export const mailStateWord = (state: MailState, t: Translate): string => t(`mail.state.${state}`)

export const mailStanding = (mail: LedgerMail, { t }: Pick<PageContext, 't'>): MailStanding => {
  const about = mail.reason ?? 'in-flight'
  return {
    state: mail.state,
    stateWord: mailStateWord(mail.state, t),
    reason: t(`mail.reason.${about}.short`),
    why: t(`mail.reason.${about}.why`),
    next: t(`mail.reason.${about}.next`),
    detail: mail.detail === '' ? null : mail.detail,
  }
}

/** Who it says it is from; the address is what counts. */
export const senderOf = ({ from, fromName }: LedgerMail, t: Translate): string =>
  from === '' ? t('mail.noSender') : fromName === '' ? from : `${fromName} <${from}>`

export const subjectOf = ({ subject }: LedgerMail, t: Translate): string =>
  subject === '' ? t('mail.noSubject') : subject
