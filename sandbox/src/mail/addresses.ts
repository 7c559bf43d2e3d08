import { findProject } from '../access.ts'
import type { ProjectRow, UserRow } from '../store/rows.ts'
import type { Actor } from '../work/change-issue.ts'
import type { World } from '../world.ts'

/** The domain of this GitLab's own addresses and Message-IDs. A reserved one: nothing is ever sent there. */
export const mailHost = 'gitlab.example'

/** Project slug and id in one, so that a renamed project does not take another's mail (service_desk_handler.rb). */
export function serviceDeskAddress(project: ProjectRow): string {
  return `incoming+${project.full_path.replaceAll('/', '-')}-${project.id}-issue-@${mailHost}`
}

/** Where the answer to one sent mail goes: the key alone says which issue it belongs to. */
export const replyAddress = (key: string) => `incoming+${key}@${mailHost}`

/** A Message-ID in `References` that carries the key past mail programs that ignore Reply-To. */
export const replyMessageId = (key: string) => `<reply-${key}@${mailHost}>`

/** The Message-ID GitLab makes of an issue; every thank-you mail begins its thread with it (app/mailers/notify.rb). */
export const issueMessageId = (issueId: number) => `<issue_${issueId}@${mailHost}>`

export type Destination =
  | { kind: 'service desk'; project: ProjectRow }
  | { kind: 'reply'; key: string }
  | { kind: 'switched off'; project: ProjectRow }

/** What an address of ours stands for; undefined for anybody else's. */
export function destinationOf(world: World, address: string): Destination | undefined {
  const local = /^incoming\+([^@]+)@gitlab\.example$/i.exec(address.trim())?.[1]?.toLowerCase()
  if (local === undefined) return undefined
  const id = /-(\d{1,9})-issue-$/.exec(local)?.[1]
  if (id !== undefined) {
    const project = findProject(world, id)
    if (!project || serviceDeskAddress(project).toLowerCase() !== `incoming+${local}@${mailHost}`)
      return undefined
    return project.service_desk_enabled
      ? { kind: 'service desk', project }
      : { kind: 'switched off', project }
  }
  const known = world.db.one('select 1 from sent_mails where reply_key = ?', local)
  return known ? { kind: 'reply', key: local } : undefined
}

/** Devise's rule for addresses, with what would break a mail header left out. */
export function isEmail(text: string): boolean {
  return text.length <= 254 && /^[^@\s<>,;"()]+@[^@\s<>,;"()]+$/.test(text) && !/\p{Cc}/u.test(text)
}

/** Support-bot writes as a Reporter would, without being a member anybody sees. */
export function supportBot(world: World, project: ProjectRow): Actor {
  const user = world.db.one<UserRow>("select * from users where username = 'support-bot'")
  if (!user) throw new Error('support-bot is gone')
  return { user, level: 20, project }
}
