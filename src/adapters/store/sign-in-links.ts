// Proofs of addresses: links that are on their way, what was ended by signing out, and which GitLab
// account has proven which address. Neither a link nor its address can be read back out of the table:
// both stand there as hashes, and the address once more under a key that is in the link alone.

import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto'
import { foldedAddress } from '../../domain/mail-address.ts'
import type { SignInLink } from '../../domain/sign-in-link.ts'
import type { Queries, Writing } from './statements.ts'
import { storable } from './ticket-row.ts'

const hashed = (purpose: 'token' | 'address', text: string): string =>
  hash('sha256', `belay ${purpose}: ${text}`, 'base64url')

const hashOfAddress = (address: string): string => hashed('address', foldedAddress(address))

const keyIn = (token: string): Buffer => hash('sha256', `belay sign-in link: ${token}`, 'buffer')

const nonceBytes = 12
const tagBytes = 16

const sealed = (address: string, token: string): string => {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', keyIn(token), nonce)
  const text = Buffer.concat([cipher.update(address, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')
}

const unsealed = (text: string, token: string): string => {
  const bytes = Buffer.from(text, 'base64url')
  const nonce = bytes.subarray(0, nonceBytes)
  const decipher = createDecipheriv('aes-256-gcm', keyIn(token), nonce, { authTagLength: tagBytes })
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  const address = decipher.update(bytes.subarray(nonceBytes, -tagBytes))
  return Buffer.concat([address, decipher.final()]).toString('utf8')
}

// --- Links -------------------------------------------------------------------------------------

export const signInLinksSince = async (q: Queries, address: string, since: number): Promise<number> =>
  Number(
    (
      await q.first('signInLinks.count', { address: hashOfAddress(address), since }, (db, hole) =>
        db
          .selectFrom('sign_in_links')
          .select((eb) => eb.fn.countAll<number>().as('number'))
          .where('address_hash', '=', hole.address)
          .where('made_at', '>', hole.since),
      )
    )?.number ?? 0,
  )

export const signInLink = async (q: Queries, token: string): Promise<SignInLink | null> => {
  const row = await q.first('signInLinks.one', { hash: hashed('token', token) }, (db, hole) =>
    db.selectFrom('sign_in_links').selectAll().where('hash', '=', hole.hash),
  )
  return row ? { address: unsealed(row.sealed, token), madeAt: row.made_at, usedAt: row.used_at } : null
}

export const saveSignInLink = async (
  q: Writing,
  { token, address, madeAt }: { readonly token: string; readonly address: string; readonly madeAt: number },
): Promise<void> => {
  const values = {
    hash: hashed('token', token),
    address: hashOfAddress(address),
    sealed: sealed(address, token),
    madeAt,
  }
  await q.run('signInLinks.save', values, (db, hole) =>
    db.insertInto('sign_in_links').values({
      hash: hole.hash,
      address_hash: hole.address,
      sealed: hole.sealed,
      made_at: hole.madeAt,
      used_at: null,
    }),
  )
}

export const useSignInLink = async (q: Writing, token: string, at: number): Promise<boolean> => {
  const used = await q.run('signInLinks.use', { hash: hashed('token', token), at }, (db, hole) =>
    db
      .updateTable('sign_in_links')
      .set({ used_at: hole.at })
      .where('hash', '=', hole.hash)
      .where('used_at', 'is', null),
  )
  if (used !== 1) return false
  await q.run('signInLinks.useOthers', { hash: hashed('token', token), at }, (db, hole) =>
    db
      .updateTable('sign_in_links')
      .set({ used_at: hole.at })
      .where(
        'address_hash',
        '=',
        db.selectFrom('sign_in_links as own').select('own.address_hash').where('own.hash', '=', hole.hash),
      )
      .where('used_at', 'is', null),
  )
  return true
}

export const forgetSignInLinks = async (q: Writing, before: number): Promise<void> => {
  await q.run('signInLinks.forget', { before }, (db, hole) =>
    db.deleteFrom('sign_in_links').where('made_at', '<', hole.before),
  )
}

// --- What links have begun -----------------------------------------------------------------------

export const requesterSessionsValidFrom = async (q: Queries, address: string): Promise<number> =>
  (
    await q.first('requesterSessions.one', { address: hashOfAddress(address) }, (db, hole) =>
      db.selectFrom('requester_sessions').select('valid_from').where('address_hash', '=', hole.address),
    )
  )?.valid_from ?? 0

export const endRequesterSessions = async (q: Writing, address: string, at: number): Promise<void> => {
  if ((await requesterSessionsValidFrom(q, address)) >= at) return
  await q.run('requesterSessions.end', { address: hashOfAddress(address), at }, (db, hole) =>
    db
      .insertInto('requester_sessions')
      .values({ address_hash: hole.address, valid_from: hole.at })
      .onConflict((conflict) => conflict.column('address_hash').doUpdateSet({ valid_from: hole.at })),
  )
}

export const forgetEndedRequesterSessions = async (q: Writing, before: number): Promise<void> => {
  await q.run('requesterSessions.forget', { before }, (db, hole) =>
    db.deleteFrom('requester_sessions').where('valid_from', '<', hole.before),
  )
}

// --- GitLab accounts -----------------------------------------------------------------------------

export const provenAddresses = async (q: Queries, userId: number, since: number): Promise<string[]> =>
  (
    await q.all('provenAddresses.ofUser', { userId, since }, (db, hole) =>
      db
        .selectFrom('proven_addresses')
        .select('address')
        .where('user_id', '=', hole.userId)
        .where('at', '>', hole.since)
        .orderBy('at', 'desc')
        .orderBy('address')
        // Nobody has more mailboxes; each costs a look at the tickets.
        .limit(20),
    )
  ).map(({ address }) => address)

export const saveProvenAddress = async (
  q: Writing,
  userId: number,
  address: string,
  at: number,
): Promise<void> => {
  await q.run('provenAddresses.save', { userId, address: storable(foldedAddress(address)), at }, (db, hole) =>
    db
      .insertInto('proven_addresses')
      .values({ user_id: hole.userId, address: hole.address, at: hole.at })
      .onConflict((conflict) => conflict.columns(['user_id', 'address']).doUpdateSet({ at: hole.at })),
  )
}

export const accountSince = async (q: Queries, userId: number, username: string): Promise<number | null> =>
  (
    await q.first('accountNames.since', { userId, username: storable(username) }, (db, hole) =>
      db
        .selectFrom('account_names')
        .select('since')
        .where('user_id', '=', hole.userId)
        .where('username', '=', hole.username),
    )
  )?.since ?? null

export const saveAccountName = async (
  q: Writing,
  userId: number,
  username: string,
  at: number,
): Promise<void> => {
  if ((await accountSince(q, userId, username)) !== null) return
  await q.run('accountNames.save', { userId, username: storable(username), at }, (db, hole) =>
    db.insertInto('account_names').values({ user_id: hole.userId, username: hole.username, since: hole.at }),
  )
}

export const forgetAddress = async (q: Writing, address: string, at: number): Promise<void> => {
  await q.run('signInLinks.forgetAddress', { address: hashOfAddress(address) }, (db, hole) =>
    db.deleteFrom('sign_in_links').where('address_hash', '=', hole.address),
  )
  await q.run('provenAddresses.forget', { address: storable(foldedAddress(address)) }, (db, hole) =>
    db.deleteFrom('proven_addresses').where('address', '=', hole.address),
  )
  await endRequesterSessions(q, address, at)
}
