// Who may do what. Roles come from the GitLab project's membership and nowhere else:
// no or Guest access is a requester, Planner and Reporter are agents, Developer is an
// agent who may also work at Level 2 and above (a specialist), Maintainer and Owner lead.

export type Role = 'requester' | 'agent' | 'specialist' | 'lead'

const ranks: Record<Role, number> = { requester: 0, agent: 1, specialist: 2, lead: 3 }

/** GitLab access level (0, 5, 10, 15, 20, 30, 40, 50) to role. Unknown numbers give no rights. */
export const roleOfAccessLevel = (accessLevel: number): Role => {
  if (accessLevel === 15 || accessLevel === 20) return 'agent'
  if (accessLevel === 30) return 'specialist'
  if (accessLevel === 40 || accessLevel === 50) return 'lead'
  return 'requester'
}

export const isAtLeast = (role: Role, needed: Role): boolean => ranks[role] >= ranks[needed]

export const isAgent = (role: Role): boolean => isAtLeast(role, 'agent')

/** Level 2 and above is worked by those who can push the fix. */
export const mayWorkAtLevel = (role: Role, level: number): boolean =>
  isAtLeast(role, level >= 2 ? 'specialist' : 'agent')

export type Agent = {
  /** GitLab's user id. */
  readonly id: number
  readonly username: string
  readonly name: string
  readonly role: Role
}
