// The cast: Ana asks, Bruno is Level 1, Carla Level 2, Davi leads. As the rules see them (Agent),
// as authors of what they do (Author) and as GitLab shows them (Account).

import type { Author } from '../../src/domain/operation.ts'
import type { Account } from '../../src/domain/remote.ts'
import type { Agent } from '../../src/domain/role.ts'
import type { Requester } from '../../src/domain/ticket.ts'

export const ana: Requester = { name: 'Ana', email: 'ana@school.example', username: null }

export const bruno: Agent = { id: 11, username: 'bruno', name: 'Bruno', role: 'agent' }
export const carla: Agent = { id: 12, username: 'carla', name: 'Carla', role: 'specialist' }
export const davi: Agent = { id: 13, username: 'davi', name: 'Davi', role: 'lead' }

export const byAna: Author = { kind: 'requester', name: 'Ana' }

const authorOf = ({ id, username, name }: Agent): Author => ({ kind: 'agent', id, username, name })

export const byBruno: Author = authorOf(bruno)
export const byCarla: Author = authorOf(carla)
export const byDavi: Author = authorOf(davi)

const accountOf = ({ id, username, name }: Agent): Account => ({ id, username, name, bot: false })

export const brunosAccount: Account = accountOf(bruno)
export const carlasAccount: Account = accountOf(carla)
export const davisAccount: Account = accountOf(davi)
/** Ana where she has a GitLab account; in most stories she has none. */
export const anasAccount: Account = { id: 10, username: 'ana', name: 'Ana', bot: false }

/** Our own bot, GitLab's Service Desk bot, and somebody else's automation. */
export const theBot: Account = { id: 90, username: 'project_1_bot', name: 'Belay', bot: true }
export const supportBot: Account = { id: 91, username: 'support-bot', name: 'GitLab Support Bot', bot: true }
export const anotherBot: Account = { id: 92, username: 'renovate', name: 'Renovate', bot: true }

export const members: readonly Account[] = [brunosAccount, carlasAccount, davisAccount]
