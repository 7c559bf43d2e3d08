// A decision is written down together with the mails that tell of it, in one piece: what was decided
// is announced once, and nothing is announced that was not decided. Nobody can use us to flood a
// stranger: one address gets a few automatic mails an hour at most.

import type { Circumstances, Decision } from '../domain/decision.ts'
import type { Desk } from '../domain/desk.ts'
import type { Listener } from '../domain/notice.ts'
import { acknowledgementsAnHour, ownMailAddress, withNotices } from '../domain/notice.ts'
import type { Reader, Writer } from './ports.ts'

const hour = 3_600_000

/** Agents who want mails. */
export const listeners = async (reader: Reader): Promise<Listener[]> => {
  const members = await reader.members()
  return (await reader.wishes()).flatMap(({ userId, address, wish, language }) => {
    const agent = members.find(({ id }) => id === userId)
    return agent && wish !== 'none' ? [{ agent, address, wish, language }] : []
  })
}

/** As `record`. `answerable`: false where nothing automatic may be answered (the writer was a machine). */
export const recordAndAnnounce = async (
  writer: Writer,
  decision: Decision,
  context: { readonly desk: Desk; readonly circumstances: Circumstances; readonly answerable?: boolean },
  options: NonNullable<Parameters<Writer['record']>[1]> = {},
): Promise<'recorded' | 'conflict'> => {
  const { desk, circumstances } = context
  if (!desk.mail.own || decision.events.length === 0) return writer.record(decision, options)
  const { at } = circumstances
  const address = ownMailAddress(decision.ticket, desk)
  const acknowledge =
    context.answerable !== false &&
    address !== null &&
    (await writer.acknowledgements(address, at - hour)) < acknowledgementsAnHour
  const told = withNotices(decision, { desk, listeners: await listeners(writer), acknowledge }, circumstances)
  const written = await writer.record(told, options)
  const acknowledged = told.operations.some(
    ({ intent }) => intent.kind === 'mail' && intent.notice === 'received',
  )
  if (written === 'recorded' && acknowledged && address !== null)
    await writer.acknowledged(address, decision.ticket.id, at)
  return written
}
