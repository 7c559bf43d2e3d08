// Who belongs to the desk is what GitLab says: the project's members and their roles.
// Those who left keep their name in the history and lose their rights. Whether GitLab mails
// requesters by its Service Desk is asked along with it.

import type { Gateway, Parts, Reader, Store } from './ports.ts'

const serviceDeskName = 'gitlab.service-desk'

/** As GitLab said last; false before it ever did. */
export const knowsServiceDesk = async (reader: Reader): Promise<boolean> =>
  (await reader.setting(serviceDeskName)) === 'on'

export const refreshMembers = async (parts: {
  readonly store: Store
  readonly gateway: Gateway
  readonly clock: Parts['clock']
}): Promise<number> => {
  const members = await parts.gateway.members()
  const serviceDesk = (await parts.gateway.hasServiceDesk()) ? 'on' : 'off'
  const seenAt = parts.clock.now()
  await parts.store.write(async (writer) => {
    if ((await writer.setting(serviceDeskName)) !== serviceDesk)
      await writer.saveSetting(serviceDeskName, serviceDesk)
    const present = new Set(members.map((member) => member.id))
    const gone = (await writer.members()).filter(
      (member) => !present.has(member.id) && member.role !== 'requester',
    )
    await writer.saveMembers([
      ...members
        .filter((member) => !member.bot)
        .map(({ id, username, name, role }) => ({ id, username, name, role, seenAt })),
      ...gone.map((member) => ({ ...member, role: 'requester' as const, seenAt })),
    ])
  })
  return members.length
}
