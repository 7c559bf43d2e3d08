// A lead says that a person wrote this after all: it becomes the ticket it would have been, from the
// moment it was sent, once, whoever presses first. Only now is anybody written to about it.

import { doerOf } from '../domain/audit.ts'
import { categoryById } from '../domain/category.ts'
import { theDesk } from '../domain/mending.ts'
import { open } from '../domain/opening.ts'
import type { Author } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { isRefusal, refuse } from '../domain/refusal.ts'
import type { Role } from '../domain/role.ts'
import { isAtLeast } from '../domain/role.ts'
import type { Done } from './decide.ts'
import { circumstancesOf, sent } from './decide.ts'
import type { Held } from './held-ports.ts'
import type { Parts, Writer } from './ports.ts'
import { recordAndAnnounce } from './record-and-announce.ts'
import { knowsServiceDesk } from './refresh-members.ts'

/** The opening operation gets this id, and so does its ticket; everything else fresh ones. */
const beginningWith = (id: string, newId: Parts['newId']): Parts['newId'] => {
  let given = false
  return () => {
    if (given) return newId()
    given = true
    return id
  }
}

const openedBefore = async (writer: Writer, held: Held): Promise<Done | null> => {
  const former = await writer.formKey(held.key)
  const ticket = former === null ? null : await writer.ticket({ id: former })
  if (!ticket) return null
  await writer.dropHeld(held.id)
  return { ticket, already: true }
}

const release = async (parts: Parts, writer: Writer, held: Held): Promise<Done | Refusal> => {
  const before = await openedBefore(writer, held)
  if (before) return before
  const { desk } = parts
  const by: Author = { kind: 'requester', name: held.requester.name }
  const files = await writer.heldFiles(held.id)
  const { title, text, requester, key } = held
  // belay.yaml may have changed since: then the title decides, as where none was chosen.
  const category = categoryById(held.category, desk)?.id ?? ''
  const decision = open(
    {
      ...{ title, text, category, requester },
      files: files.map(({ file }) => file),
      serviceDesk: await knowsServiceDesk(writer),
    },
    desk,
    { by, at: held.receivedAt, newId: beginningWith(held.id, parts.newId) },
  )
  if (isRefusal(decision)) return decision
  // Mails go out now and are counted now: those of a whole flood, opened at once, must not pass for one an hour.
  const circumstances = circumstancesOf(parts, by)
  const written = await recordAndAnnounce(writer, decision, { desk, circumstances }, { files, key })
  if (written === 'conflict') return refuse('busy')
  await writer.dropHeld(held.id)
  return { ticket: decision.ticket, already: false }
}

/** null: nothing of that id is held, and nothing was made of it. */
export const openHeldSubmission = async (
  parts: Parts,
  /** `by`: for the audit log; left out = no person. */
  request: { readonly id: string; readonly role: Role; readonly by?: Author },
): Promise<Done | Refusal | null> => {
  if (!isAtLeast(request.role, 'lead')) return refuse('not-your-role')
  const { id } = request
  const result = await parts.store.write(async (writer): Promise<Done | Refusal | null> => {
    const held = await writer.held(id)
    if (held) {
      const opened = await release(parts, writer, held)
      if (!isRefusal(opened) && !opened.already)
        await writer.keepAudit({
          by: doerOf(request.by ?? theDesk),
          what: 'open-held',
          at: parts.clock.now(),
          ticketId: opened.ticket.id,
          about: id,
          result: 'done',
        })
      return opened
    }
    const ticket = await writer.ticket({ id })
    return ticket ? { ticket, already: true } : null
  })
  if (result === null || isRefusal(result) || result.already) return result
  return { ticket: await sent(parts, result.ticket), already: false }
}
