import { z } from 'zod'
import type { World } from '../world.ts'

/** A project's Service Desk settings as they lie in the database. No row: GitLab's defaults. */
export type ServiceDeskSettings = {
  reopen_on_external_note: number
  confidential: number
  issue_type: string
  outgoing_name: string
  ticket_template: string | null
  thank_you: string | null
  new_participant: string | null
  new_note: string | null
}

const defaults: ServiceDeskSettings = {
  reopen_on_external_note: 0,
  confidential: 1,
  issue_type: 'issue',
  outgoing_name: 'GitLab Support Bot',
  ticket_template: null,
  thank_you: null,
  new_participant: null,
  new_note: null,
}

export function settingsOf(world: World, projectId: number): ServiceDeskSettings {
  const row = world.db.one<ServiceDeskSettings>(
    'select * from service_desk_settings where project_id = ?',
    projectId,
  )
  return row ?? defaults
}

const template = z.string().max(100_000).nullable().optional()

/**
 * What may be changed from outside. A GitLab keeps the templates as files in the repository; here they are settings.
 * `issueType`: newer versions are on the way from `issue` to `ticket`, and which one begins is not known.
 */
export const serviceDeskChange = z.strictObject({
  projectId: z.int().positive().optional(),
  enabled: z.boolean().optional(),
  reopenOnExternalNote: z.boolean().optional(),
  confidential: z.boolean().optional(),
  issueType: z.enum(['issue', 'ticket']).optional(),
  outgoingName: z.string().min(1).max(255).optional(),
  ticketTemplate: template,
  thankYou: template,
  newParticipant: template,
  newNote: template,
})
export type ServiceDeskChange = z.infer<typeof serviceDeskChange>

export function changeServiceDesk(world: World, change: ServiceDeskChange): void {
  const { projectId = 1, enabled } = change
  const now = settingsOf(world, projectId)
  const kept = (given: string | null | undefined, current: string | null) =>
    given === undefined ? current : given
  world.db.transaction(() => {
    if (enabled !== undefined)
      world.db.run('update projects set service_desk_enabled = ? where id = ?', Number(enabled), projectId)
    world.db.run(
      `insert or replace into service_desk_settings (project_id, reopen_on_external_note, confidential, issue_type,
         outgoing_name, ticket_template, thank_you, new_participant, new_note) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      projectId,
      Number(change.reopenOnExternalNote ?? now.reopen_on_external_note === 1),
      Number(change.confidential ?? now.confidential === 1),
      change.issueType ?? now.issue_type,
      change.outgoingName ?? now.outgoing_name,
      kept(change.ticketTemplate, now.ticket_template),
      kept(change.thankYou, now.thank_you),
      kept(change.newParticipant, now.new_participant),
      kept(change.newNote, now.new_note),
    )
  })
}
