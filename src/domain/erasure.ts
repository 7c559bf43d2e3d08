// A requester's personal data are erased: who asked, what they wrote, their files. What is left of a ticket is
// that there was one: when, of which category, how long it took, and what the desk itself wrote. Erased stays
// erased: whatever comes back from GitLab or from an old backup passes through here again.

import type { Circumstances, Decision } from './decision.ts'
import { toBeDone } from './decision.ts'
import type { Happening, TicketEvent } from './event.ts'
import type { Author, Intent, NoticeKind, Operation, Outcome } from './operation.ts'
import type { Marker, RemoteFile, RemoteHistory } from './remote.ts'
import type { Requester, Ticket } from './ticket.ts'

/** Stands in GitLab, too, whatever the language of the desk. */
export const erasedText = 'Erased on request.'

export const isErased = ({ requester }: Pick<Ticket, 'requester'>): boolean => requester.erased === true

/** The requester's words; and what came by mail without proof, which we wrote down in nobody's name. */
export const holdsTheirWords = ({ author, kind }: Pick<Marker, 'author' | 'kind'>): boolean =>
  author === 'requester' || (author === 'desk' && kind === 'note')

/** Whom GitLab's Service Desk mails is GitLab's to forget. */
export const erasedRequester = ({ serviceDesk }: Pick<Requester, 'serviceDesk'> = {}): Requester => ({
  name: '',
  email: null,
  username: null,
  erased: true,
  ...(serviceDesk ? { serviceDesk } : {}),
})

export const erasedTicket = (ticket: Ticket): Ticket => ({
  ...ticket,
  title: erasedText,
  text: erasedText,
  requester: erasedRequester(ticket.requester),
})

const wordless = (what: Happening): Happening => ('text' in what ? { ...what, text: erasedText } : what)

export const erasedEvent = (event: TicketEvent): TicketEvent => {
  const { actor, what } = event
  if (actor.kind === 'requester') return { ...event, actor: { ...actor, name: '' }, what: wordless(what) }
  // GitLab's own notes name addresses, ours the words of a mail that nobody could verify.
  return actor.kind === 'bot' && what.kind === 'noted' ? { ...event, what: wordless(what) } : event
}

const toRequester: readonly NoticeKind[] = ['received', 'reply', 'resolved', 'reopened', 'link']

const isTheirNote = (intent: Intent, author: Author): boolean =>
  intent.kind === 'note' &&
  (author.kind === 'requester' || (author.kind === 'desk' && intent.purpose === 'note'))

/** Files that an agent sent with words of their own: all others of a ticket go. */
export const filesThatStay = (
  operations: readonly { readonly intent: Intent; readonly author: Author }[],
): ReadonlySet<string> =>
  new Set(
    operations.flatMap(({ intent, author }) =>
      intent.kind === 'note' && author.kind === 'agent' ? (intent.files ?? []).map(({ id }) => id) : [],
    ),
  )

/** What GitLab answered names a file once more. */
const erasedOutcome = (outcome: Outcome | null): Outcome | null =>
  outcome?.kind === 'uploaded'
    ? { ...outcome, markdown: '', path: '' }
    : outcome?.kind === 'handed-to-service-desk' && outcome.to !== null
      ? { ...outcome, to: '' }
      : outcome

/** An operation without their data. `void`: it has nothing to do any more and must not be sent. */
export const erasedOperation = (
  { intent, author, outcome }: Pick<Operation, 'intent' | 'author' | 'outcome'>,
  staying: ReadonlySet<string>,
): Pick<Operation, 'intent' | 'author' | 'outcome'> & { readonly void: boolean } => {
  const by: Author = author.kind === 'requester' ? { ...author, name: '' } : author
  const told = (after: Intent, isVoid = false) => ({
    intent: after,
    author: by,
    outcome: isVoid ? erasedOutcome(outcome) : outcome,
    void: isVoid,
  })
  if (intent.kind === 'open')
    return told({
      ...intent,
      title: erasedText,
      text: erasedText,
      requester: { name: '', email: null, username: null },
      files: [],
      erased: true,
    })
  if (isTheirNote(intent, author) && intent.kind === 'note')
    return told({ ...intent, text: erasedText, files: [] })
  if (intent.kind === 'upload' && !staying.has(intent.file.id))
    return told({ ...intent, file: { ...intent.file, name: '' } }, true)
  if (intent.kind === 'branch') return told({ ...intent, title: erasedText })
  if (intent.kind === 'hand-to-service-desk') return told({ ...intent, address: '' }, true)
  if (intent.kind === 'mail' && toRequester.includes(intent.notice))
    return told({ ...intent, to: { name: '', address: '' }, text: erasedText, files: [] }, true)
  return told(intent)
}

/** Whether GitLab still has what we can take out of it. */
export const isLeftInGitlab = ({ ticket, notes }: RemoteHistory): boolean =>
  ticket.erased !== true ||
  notes.some(({ marker }) => marker !== null && holdsTheirWords(marker) && marker.erased !== true)

/** Of an erased ticket those files that came with agents' words. */
export const filesOfHistory = ({ ticket, notes }: RemoteHistory, erased: boolean): readonly RemoteFile[] => [
  ...(erased ? [] : ticket.files),
  ...notes.flatMap(({ files, marker }) =>
    erased && marker !== null && holdsTheirWords(marker) ? [] : (files ?? []),
  ),
]

/** GitLab must be told. Not of what lies in another project by now: a person must see to that. */
export const eraseInGitlab = (ticket: Ticket, circumstances: Circumstances): Decision => {
  const there = ticket.gone === null || ticket.gone.why === 'duplicate' || ticket.gone.why === 'no-ticket'
  return {
    ticket,
    events: [],
    operations: there ? [toBeDone(ticket, circumstances, { kind: 'erase' })] : [],
  }
}
