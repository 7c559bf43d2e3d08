// Every hostile delivery at the webhook's door, over HTTP: refused is refused, and the most that a genuine one does is
// that a ticket is read again.

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Hint } from '../../src/application/receive-hook.ts'
import { openDoor } from '../support/door.ts'
import { nine } from '../support/tickets.ts'
import type { Delivery } from './inputs/hooks.ts'
import { hooks } from './inputs/hooks.ts'

const keys = [7, 8].map((sign) => `whsec_${Buffer.alloc(32, sign).toString('base64')}`)
const [desksOwn = '', anothers = ''] = keys
const shared = 'a-secret-of-this-desk'

const genuine =
  '{"object_kind":"issue","project":{"id":1,"path_with_namespace":"demo/helpdesk"},"object_attributes":{"iid":42}}'

const headersOf = ({ secret, key, ahead = 0, body = genuine, signedBody = body }: Delivery, id: string) => {
  if (secret === 'shared') return { 'x-gitlab-token': shared, 'idempotency-key': id }
  const stamp = String(Math.floor((nine + ahead) / 1_000))
  const signature = createHmac(
    'sha256',
    Buffer.from((key === 'other' ? anothers : desksOwn).slice(6), 'base64'),
  )
    .update(`${id}.${stamp}.${signedBody}`)
    .digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': stamp, 'webhook-signature': `v1,${signature}` }
}

describe('a delivery at the webhook’s door', () => {
  for (const { id, input, expect } of hooks)
    test(id, async () => {
      const hints: Hint[] = []
      const receive = (hint: Hint) => {
        hints.push(hint)
        return 'taken' as const
      }
      const secret = input.secret === 'none' ? null : input.secret === 'shared' ? shared : desksOwn
      await using door = await openDoor({ options: { hooks: { secret, receive } } })
      const before = await door.store.version()
      const { 'x-test-query': query, ...changed } = input.headers ?? {}
      const headers = Object.fromEntries(
        Object.entries({ ...headersOf(input, id.replace(/\W/g, '-')), ...changed }).filter(
          ([, value]) => value !== '',
        ),
      )
      const path = `/hooks/gitlab${typeof query === 'string' ? `?${query}` : ''}`
      for (let time = 0; time < (input.times ?? 1); time++) {
        const sent = door
          .stranger()
          .ask('POST', path, { headers: headers as Record<string, string>, body: input.body ?? genuine })
        // Nobody reads a stranger's five megabytes: their answer can get lost behind them.
        const answer = await sent.catch((error: unknown) => {
          if (expect === 202) throw error
          return null
        })
        if (answer) assert.equal(answer.status, expect, answer.text)
        assert.deepEqual(answer?.setCookies ?? [], [])
      }
      assert.equal(await door.store.version(), before)
      if (expect !== 202) assert.deepEqual(hints, [])
      assert.ok(hints.every(({ iids }) => iids.every((iid) => Number.isSafeInteger(iid) && iid > 0)))
      const log = JSON.stringify(door.lines)
      assert.ok(!log.includes(shared) && !log.includes(desksOwn.slice(6)), 'the secret is in the log')
      assert.deepEqual(
        door.lines.filter(({ level }) => level === 'error'),
        [],
      )
    })
})
