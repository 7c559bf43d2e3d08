// Erasing in GitLab: first the requester's notes, then description and title, so that an issue whose
// mark says "erased" has nothing of theirs left that we could take away. Each step can be done again; what
// our account may not edit is named, for a person with more rights.

import { GatewayError } from '../../application/gateway-error.ts'
import { erasedText, holdsTheirWords } from '../../domain/erasure.ts'
import { isPlainAddress } from '../../domain/mail-address.ts'
import type { Left, Outcome } from '../../domain/operation.ts'
import { isServiceDesk } from '../../domain/remote.ts'
import type { Client } from './client.ts'
import { composeDescription, composeNote } from './markdown.ts'
import type { Markers, ReadMarker } from './markers.ts'
import { idOf, markOf, openingOf, type ReadingContext } from './reading.ts'
import * as wire from './wire.ts'

/** Notes edited in one operation, so that it ends within its lease; what is left is found at the next reading. */
const mostNotes = 40

type Survey = {
  readonly issue: wire.WireIssue
  readonly opening: ReadMarker | null
  /** Notes of ours with words of theirs. */
  readonly ours: readonly { readonly id: number; readonly found: ReadMarker }[]
  /** Notes of theirs that we did not write. */
  readonly foreign: readonly number[]
}

export const createErasure = (parts: {
  readonly client: Client
  readonly project: string
  readonly markers: Markers
  readonly reading: () => Promise<ReadingContext>
}) => {
  const { client, project, markers } = parts
  const context = { markers, gitlabHost: client.host }
  const route = '/projects/:project/issues/:iid'

  const survey = async (iid: number): Promise<Survey> => {
    const where = await parts.reading()
    const params = { project, iid }
    const [issue, notes] = await Promise.all([
      client.call(wire.issue, { method: 'GET', route, params }).then(({ data }) => data),
      client.all(wire.notes, { method: 'GET', route: `${route}/notes`, params }),
    ])
    const { author } = issue
    const theirs = (note: wire.WireNote): boolean =>
      // Its internal notes name the address.
      isServiceDesk(note.author) ||
      (note.author.id === author.id && !where.ours.has(author.id) && !isServiceDesk(author))
    const said = notes
      .filter(({ system }) => !system)
      .map((note) => ({ note, found: markOf(note.body, note.author, where) }))
    return {
      issue,
      opening: openingOf(issue, where),
      ours: said.flatMap(({ note, found }) =>
        found && holdsTheirWords(found.marker) && !found.marker.erased ? { id: note.id, found } : [],
      ),
      foreign: said.flatMap(({ note, found }) =>
        found === null && theirs(note) && note.body !== erasedText ? note.id : [],
      ),
    }
  }

  const editNote = async (iid: number, id: number, body: string): Promise<void> => {
    const { data } = await client.call(wire.note, {
      method: 'PUT',
      route: `${route}/notes/:note`,
      params: { project, iid, note: id },
      json: { body },
    })
    if (data.body.trim() !== body.trim())
      throw new GatewayError('permanent', `GitLab kept the former text of note ${id} of issue ${iid}`, {
        effect: 'maybe',
      })
  }

  /** Those that GitLab lets us edit; with a role that is too small, none. */
  const editForeign = async (iid: number, ids: readonly number[]): Promise<readonly number[]> => {
    for (const [index, id] of ids.entries())
      try {
        await editNote(iid, id, erasedText)
      } catch (error) {
        if (!(error instanceof GatewayError) || (error.kind !== 'permanent' && error.kind !== 'missing'))
          throw error
        return ids.slice(index)
      }
    return []
  }

  /** Of what agents answer from now on nobody is mailed any more; a command of ours makes no note (FACTS section 6). */
  const stopMailing = async (
    iid: number,
    { service_desk_reply_to: address }: wire.WireIssue,
  ): Promise<void> => {
    if (!address || !isPlainAddress(address)) return
    try {
      await client.call(wire.note.or(wire.commandsOnly), {
        method: 'POST',
        route: `${route}/notes`,
        params: { project, iid },
        json: { body: `/remove_email ${address}` },
      })
    } catch (error) {
      // Nobody of that address takes part any more.
      if (!(error instanceof GatewayError && error.kind === 'permanent')) throw error
    }
  }

  const noteOf = ({ marker }: ReadMarker): string =>
    composeNote(
      {
        text: erasedText,
        facts: {
          kind: marker.kind,
          operation: marker.operation,
          author: marker.author,
          authorName: marker.authorName,
          level: marker.level,
          formerAssignee: marker.formerAssignee,
          good: marker.good ?? null,
          erased: true,
        },
      },
      context,
    )

  const descriptionOf = ({ issue, opening }: Survey): string =>
    composeDescription(
      {
        text: erasedText,
        whose: 'agent',
        files: [],
        facts: opening
          ? {
              kind: 'open',
              operation: opening.marker.operation,
              author: opening.marker.author,
              authorName: opening.marker.authorName,
              byMail: opening.marker.byMail ?? false,
              erased: true,
            }
          : { kind: 'open', operation: idOf(issue), author: 'requester', erased: true },
      },
      context,
    )

  const isDone = ({ issue, opening }: Survey): boolean =>
    opening?.marker.erased === true && issue.title === erasedText

  const outcome = ({ issue }: Survey, notes: readonly number[]): Outcome => {
    const left: Left[] = notes.map((id) => ({ what: 'note', id }))
    if (issue.service_desk_reply_to) left.push({ what: 'address' })
    // GitLab tells in a note of its own which title was changed, and nobody can edit that.
    return { kind: 'erased', left: [...left, { what: 'history' }] }
  }

  return {
    erase: async (iid: number): Promise<Outcome> => {
      const found = await survey(iid)
      for (const { id, found: note } of found.ours.slice(0, mostNotes)) await editNote(iid, id, noteOf(note))
      if (found.ours.length > mostNotes) return outcome(found, found.foreign)
      const left = await editForeign(iid, found.foreign.slice(0, mostNotes))
      if (!isDone(found)) {
        await stopMailing(iid, found.issue)
        const description = descriptionOf(found)
        const { data } = await client.call(wire.issue, {
          method: 'PUT',
          route,
          params: { project, iid },
          json: { title: erasedText, description },
        })
        if (data.title !== erasedText || data.description?.trim() !== description)
          throw new GatewayError('permanent', `GitLab kept the former text of issue ${iid}`, {
            effect: 'maybe',
          })
      }
      return outcome(found, [...left, ...found.foreign.slice(mostNotes)])
    },
    lookUp: async (iid: number): Promise<Outcome | null> => {
      const found = await survey(iid)
      return isDone(found) && found.ours.length === 0 ? outcome(found, found.foreign) : null
    },
  }
}
