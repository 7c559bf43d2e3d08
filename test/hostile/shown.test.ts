// What strangers wrote and sent, on the pages of ours that show it, read by a parser: words are words. Files come back
// as what they are, in a sandbox, with nothing guessed.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ticketLinks } from '../../src/application/ticket-link.ts'
import type { TestDoor } from '../support/door.ts'
import { openDoor } from '../support/door.ts'
import { nine } from '../support/tickets.ts'
import type { Visitor } from '../support/visitor.ts'
import { shown, uploads } from './inputs/shown.ts'
import { soundHtml } from './page-html.ts'

let door: TestDoor
let bruno: Visitor
before(async () => {
  door = await openDoor()
  bruno = await door.signedIn('bruno')
})
after(() => door[Symbol.asyncDispose]())

describe('what somebody wrote', () => {
  for (const { id, input } of shown)
    test(id, async () => {
      const words = input.toWellFormed().replaceAll('\0', '')
      const requester = { name: words.slice(0, 200), email: 'ana@school.example', username: null }
      const ticket = await door.keep({ title: words.slice(0, 255), text: words, requester, openedAt: nine })
      for (const [place, field] of [
        ['replies', 'body'],
        ['notes', 'body'],
        ['resolve', 'answer'],
      ] as const) {
        const sent = await bruno.post(`/issues/${ticket.iid}/${place}`, { [field]: input })
        assert.equal(sent.status, 303, sent.text.slice(0, 500))
      }
      const link = ticketLinks(door.options.keys.ticketLink).tokenFor({
        id: ticket.id,
        email: requester.email,
        generation: 0,
      })
      const pages = [
        await bruno.get(`/issues/${ticket.iid}`),
        await bruno.get('/issues?view=all'),
        await door.stranger().get(`/t/${link}`),
        await bruno.get(`/open-issue/similar?title=${encodeURIComponent(words.slice(0, 255))}`),
        // Typed, and given back with a mistake beside it.
        await bruno.post('/open-issue', {
          title: input,
          description: '',
          name: input,
          email: input,
          category: input,
        }),
        await bruno.post(`/issues/${ticket.iid}/escalate`, { from: input, reason: input, key: input }),
      ]
      for (const page of pages.slice(0, 4)) assert.equal(page.status, 200, page.text.slice(0, 300))
      for (const page of pages) {
        const elements = soundHtml(page.text)
        for (const { tag, attributes } of elements) {
          if (tag === 'img') assert.match(attributes.src ?? '', /^\/(?:issues|t)\/[\w-]+\/files\/\d+$/)
          if (tag === 'a' && attributes.href && attributes.rel?.includes('nofollow'))
            assert.match(attributes.href ?? '', /^(?:https?:|mailto:)/)
        }
        assert.equal(
          elements
            .filter(({ tag }) => tag === 'form')
            .some(({ attributes }) => !/^\/(?!\/)/.test(attributes.action ?? '/')),
          false,
        )
      }
    })
})

describe('a file that came along', () => {
  for (const { id, input, expect } of uploads)
    test(id, async () => {
      const bytes = Buffer.from(input.bytes, 'latin1')
      const sent = await bruno.postFiles('/open-issue', { title: id, description: 'See the file.' }, [
        { ...input, bytes },
      ])
      assert.equal(sent.status, 303, sent.text.slice(0, 2_000))
      const file = await bruno.get(`${sent.location}/files/1`)
      assert.equal(file.status, 200)
      assert.deepEqual(file.bytes, bytes)
      const { headers } = file
      assert.match(headers['content-security-policy'] ?? '', /^default-src 'none';.*\bsandbox\b/)
      assert.doesNotMatch(headers['content-security-policy'] ?? '', /script-src|allow-scripts/)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      const disposition = headers['content-disposition'] ?? ''
      if (expect === 'picture') {
        assert.match(headers['content-type'] ?? '', /^image\/(?:png|jpeg|gif|webp)$/)
        assert.match(disposition, /^inline; /)
      } else {
        assert.equal(headers['content-type'], 'application/octet-stream')
        assert.match(disposition, /^attachment; /)
      }
      assert.match(disposition, /^\w+; filename="[\w. -]*"; filename\*=UTF-8''[\w.%~!-]*$/)
      const name = decodeURIComponent(/filename\*=UTF-8''(.*)$/.exec(disposition)?.[1] ?? '')
      assert.doesNotMatch(name, /[/\\\p{Cc}\p{Cf}]/u)
    })
})
