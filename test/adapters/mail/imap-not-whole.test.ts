import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markNotWhole, notWhole } from '../../../src/adapters/mail/not-whole.ts'
import { createMailParser } from '../../../src/adapters/mail/parser.ts'

const beginning = Buffer.from('From: ana@school.example\r\nSubject: My holidays\r\n\r\nHere are all my pict')

test('a mail of which only the beginning came goes to quarantine, and is never read as if that were all', async () => {
  const parser = createMailParser()
  try {
    for (const reason of ['too-large', 'unreadable'] as const) {
      const source = markNotWhole({ reason, detail: 'why it\r\nis so' }, beginning)
      assert.deepEqual(await parser.read(source), { ok: false, reason, detail: 'why it is so' })
      assert.ok(Buffer.from(source).includes(beginning))
    }
  } finally {
    await parser.close()
  }
})

test('a sender who writes our line into a mail of theirs hides nothing: it counts as the very first line alone', () => {
  const line = 'X-Belay-Not-Whole: too-large; 1 byte\r\n'
  assert.equal(notWhole(Buffer.from(`Received: from school.example\r\n${line}\r\nHelp!`)), null)
  assert.equal(notWhole(Buffer.from(`X-Belay-Not-Whole: other; 1 byte\r\n\r\nHelp!`)), null)
  assert.equal(notWhole(new Uint8Array()), null)
  assert.equal(notWhole(Buffer.from(`${line}Subject: x\r\n`))?.reason, 'too-large')
})
