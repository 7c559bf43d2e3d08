// Who belongs to the desk is what GitLab says: the project's members and their roles.
// Those who left keep their name in the history and lose their rights.

import type { Gateway, Parts, Store } from './ports.ts'

export const refreshMembers = async (parts: {
  readonly store: Store
  readonly gateway: Gateway
  readonly clock: Parts['clock']
}): Promise<number> => {
  const members = await parts.gateway.members()
  const seenAt = parts.clock.now()
  await parts.store.write(async (writer) => {
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
