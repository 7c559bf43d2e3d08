// Who is a person and who is a machine, among GitLab's accounts.

import type { Account } from '../../domain/remote.ts'
import type { WireUser } from './wire.ts'

/** Access tokens of projects and groups act as such users. */
const tokenBot = /^(?:project|group)_\d+_bot(?:_|$)/

const systemBots = new Set(['support-bot', 'alert-bot', 'GitLab-Security-Bot', 'migration-bot', 'ghost'])

/** GitLab gives what a deleted account wrote to this one; ghost1 and so on where the name was taken. */
export const isGhost = (username: string): boolean => /^ghost\d*$/.test(username)

export const accountOf = (user: WireUser, ours: ReadonlySet<number>): Account => ({
  id: user.id,
  username: user.username,
  name: user.name,
  bot:
    ours.has(user.id) ||
    tokenBot.test(user.username) ||
    systemBots.has(user.username) ||
    isGhost(user.username),
})

/** For what an account did that is gone for good. */
export const nobody: Account = { id: 0, username: 'ghost', name: 'Ghost User', bot: true }
