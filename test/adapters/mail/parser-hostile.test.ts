// Mails that are made to harm whoever reads them. Each ends in a reading or in a named reason, and the next is read.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { createMailParser, type MailParserOptions } from '../../../src/adapters/mail/parser.ts'
import type { Reading } from '../../../src/application/mail-ports.ts'
import { multipart, rawMail } from './raw-mail.ts'

const parser = createMailParser()
/** For what has to be read, however busy the machine is: it is for patterns that would not end in an hour. */
const patient = createMailParser({ deadlineMs: 60_000 })
after(() => Promise.all([parser.close(), patient.close()]))

const outcome = (reading: Reading): string => (reading.ok ? 'read' : reading.reason)

const nextIsRead = async (): Promise<void> => {
  const reading = await parser.read(rawMail({}))
  assert.equal(reading.ok && reading.mail.text, 'My screen stays black.')
}

const html = (body: string): Buffer => rawMail({ 'Content-Type': 'text/html' }, body)
const reply = (body: string): Buffer => rawMail({ Subject: 'Re: x' }, body)

const deep = (depth: number): Buffer => {
  let body = ''
  for (let level = 1; level < depth; level++)
    body += `--b${level - 1}\r\nContent-Type: multipart/mixed; boundary=b${level}\r\n\r\n`
  return rawMail({ 'Content-Type': 'multipart/mixed; boundary=b0' }, body)
}

const nestedMails = (depth: number): string => {
  let source = 'text'
  for (let level = 0; level < depth; level++)
    source = `Content-Type: multipart/digest; boundary=n${level}\r\n\r\n--n${level}\r\n\r\n${source}\r\n--n${level}--`
  return source
}

describe('a hostile mail costs its limits and stops nobody', () => {
  const cases: readonly (readonly [title: string, source: () => Buffer, ends: RegExp])[] = [
    [
      'with a million parts',
      () => rawMail({ 'Content-Type': 'multipart/mixed; boundary=b' }, '--b\r\n\r\nx\r\n'.repeat(1_000_000)),
      /^too-(much-memory|slow)$/,
    ],
    ['nested 1,000 deep', () => deep(1000), /^unreadable$/],
    ['of mails in mails, 200 deep', () => Buffer.from(nestedMails(200)), /^(unreadable|read)$/],
    ['with 3 MB of headers', () => rawMail({ 'X-Long': 'x'.repeat(3 * 1024 * 1024) }), /^unreadable$/],
    [
      'with a hundred thousand headers',
      () => rawMail({ 'X-Many': Array.from({ length: 100_000 }, () => 'x') }),
      /^(unreadable|read|too-much-memory)$/,
    ],
    [
      'with an address list of a megabyte',
      () => rawMail({ To: 'a@b.example, '.repeat(70_000) }),
      /^(read|unreadable|too-(slow|much-memory))$/,
    ],
    ['with HTML nested 100,000 deep', () => html(`${'<div>'.repeat(100_000)}deep`), /^read$/],
    ['with HTML of open brackets', () => html('<'.repeat(1_000_000)), /^read$/],
    ['with HTML of open comments', () => html('<!--'.repeat(200_000)), /^read$/],
    ['with HTML of half-open scripts', () => html('<script>'.repeat(100_000)), /^read$/],
    ['with HTML of nested tables', () => html('<table><tr><td>'.repeat(90)), /^read$/],
    ['with a picture address without an end', () => html(`<img src="cid:${'a'.repeat(500_000)}`), /^read$/],
    ['with blanks only', () => reply(' '.repeat(2_000_000)), /^read$/],
    ['with blanks in a long line', () => reply(`On ${' '.repeat(500_000)}x`), /^(read|too-slow)$/],
    [
      'with words that begin every quote',
      () => reply('On Am Le El a@b 1 <x> '.repeat(20_000)),
      /^(read|too-slow)$/,
    ],
    [
      'with lines that all begin a quote',
      () => reply('On Mon 1 x\nAm 1 schrieb x\nFrom: x\n'.repeat(20_000)),
      /^(read|too-slow)$/,
    ],
    [
      'made for the patterns of the reply parser',
      () => reply(`${'On a a a a a a a a '.repeat(50)}\n`.repeat(1500)),
      /^(read|too-slow)$/,
    ],
    [
      'made for Dutch, Polish and Chinese patterns',
      () => reply('Op x\nschreef\nDnia x\nnapisał\n在\nabc. 1\nskrev \n'.repeat(250)),
      /^(read|too-slow)$/,
    ],
    ['of quote signs only', () => reply(`${'>'.repeat(1000)}\n`.repeat(1000)), /^read$/],
    [
      'that looks like a bounce without an end',
      () =>
        rawMail({ From: 'MAILER-DAEMON@x.example', 'Return-Path': '<>' }, 'Message-ID: <a\n '.repeat(50_000)),
      /^read$/,
    ],
    ['of NUL only', () => Buffer.alloc(3_000_000), /^(read|unreadable|too-(slow|much-memory))$/],
    ['that is empty', () => Buffer.alloc(0), /^read$/],
    ['of line breaks only', () => Buffer.alloc(5_000_000, '\n'), /^(read|too-(slow|much-memory))$/],
    [
      'of boundaries only',
      () => rawMail({ 'Content-Type': 'multipart/mixed; boundary=""' }, '--\r\n'.repeat(500_000)),
      /^(read|too-(slow|much-memory))$/,
    ],
    ['that is larger than any mail may be', () => Buffer.alloc(36 * 1024 * 1024, 'x'), /^too-large$/],
  ]
  for (const [title, source, ends] of cases)
    test(`a mail ${title}`, async () => {
      assert.match(outcome(await (ends.source === '^read$' ? patient : parser).read(source())), ends)
      await nextIsRead()
    })

  test('an attachment of 25 MB is an ordinary one', async () => {
    const base64 = Buffer.alloc(25 * 1024 * 1024, 7)
      .toString('base64')
      .replace(/(.{76})/g, '$1\r\n')
    const parts = multipart('mixed', [
      { headers: 'Content-Type: text/plain', body: 'See file.' },
      {
        headers: 'Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64',
        body: base64,
      },
    ])
    const reading = await patient.read(rawMail(parts.headers, parts.body))
    assert.ok(reading.ok, outcome(reading))
    assert.deepEqual(
      reading.mail.files.map(({ name, bytes }) => [name, bytes.length, bytes.every((byte) => byte === 7)]),
      [['a.pdf', 25 * 1024 * 1024, true]],
    )
    await nextIsRead()
  })
})

describe('its limits', () => {
  const within = async (
    options: MailParserOptions,
    work: (parser: ReturnType<typeof createMailParser>) => Promise<void>,
  ): Promise<void> => {
    const one = createMailParser(options)
    try {
      await work(one)
    } finally {
      await one.close()
    }
  }
  const slow = reply('On a a a a a a a a '.repeat(52).concat('\n').repeat(1900))
  const million = rawMail(
    { 'Content-Type': 'multipart/mixed; boundary=b' },
    '--b\r\n\r\nx\r\n'.repeat(1_000_000),
  )

  test('who takes longer than the deadline is too slow, and is told so in words', async () => {
    const told: string[] = []
    await within({ deadlineMs: 1, log: (message) => told.push(message) }, async (one) => {
      const reading = await one.read(slow)
      assert.equal(outcome(reading), 'too-slow')
      assert.equal(reading.ok ? '' : reading.detail, 'more than 0 s')
    })
    assert.deepEqual(told, ['A mail was not read: too-slow, more than 0 s.'])
  })

  test('who takes more than its memory is refused for that', {
    skip: process.platform !== 'linux',
  }, async () => {
    await within({ deadlineMs: 600_000, mostMemoryBytes: 90 * 1024 * 1024 }, async (one) => {
      assert.equal(outcome(await one.read(million)), 'too-much-memory')
      assert.equal(outcome(await one.read(rawMail({}))), 'read')
    })
  })
})

describe('its process', () => {
  const processes = (): string[] => {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'latin1')
    return children.split(' ').filter((pid) => {
      if (pid === '') return false
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('parser-process')
    })
  }
  const linux = { skip: process.platform !== 'linux' }
  const one = (options: MailParserOptions = {}): ReturnType<typeof createMailParser> =>
    createMailParser(options)

  test('is started at the first mail, stays for the next, and is replaced after so many', linux, async () => {
    await Promise.all([parser.close(), patient.close()])
    const mails = one({ mailsPerProcess: 2 })
    assert.deepEqual(processes(), [])
    await mails.read(rawMail({}))
    const first = processes()
    await mails.read(rawMail({}))
    assert.deepEqual(processes(), first)
    await mails.read(rawMail({}))
    assert.notDeepEqual(processes(), first)
    assert.equal(processes().length, 1)
    await mails.close()
    assert.deepEqual(processes(), [])
  })

  test('ends when no mail came for a while, and a later mail starts it again', linux, async () => {
    let idle: (() => void) | null = null
    const mails = one({
      idleMs: 5,
      later: (work) => {
        idle = work
        return () => {
          idle = null
        }
      },
    })
    const turn = async (): Promise<void> => {
      ;(idle as (() => void) | null)?.()
      // Whatever comes next waits for its end; a mail that is too large needs no process.
      await mails.read(Buffer.alloc(36 * 1024 * 1024))
    }
    await mails.read(rawMail({}))
    assert.equal(processes().length, 1)
    await turn()
    assert.deepEqual(processes(), [])
    assert.equal(outcome(await mails.read(rawMail({}))), 'read')
    await mails.close()
  })

  test('knows nothing of our environment', linux, async () => {
    const mails = one()
    await mails.read(rawMail({}))
    const [pid] = processes()
    assert.equal(readFileSync(`/proc/${pid}/environ`, 'latin1'), '')
    await mails.close()
  })

  test('that dies is no harm to the next mail', linux, async () => {
    const mails = one()
    await mails.read(rawMail({}))
    process.kill(Number(processes()[0]), 'SIGKILL')
    const readings = [await mails.read(rawMail({})), await mails.read(rawMail({}))]
    assert.equal(outcome(readings[1] as Reading), 'read')
    await mails.close()
  })

  test('takes mails one at a time, and none is lost or mixed up', async () => {
    const mails = one()
    const numbers = Array.from({ length: 30 }, (_, index) => index)
    const readings = await Promise.all(
      numbers.map((index) => mails.read(rawMail({ Subject: `number ${index}` }, 'x'.repeat(index * 1000)))),
    )
    assert.deepEqual(
      readings.map((reading) =>
        reading.ok ? [reading.mail.subject, reading.mail.text.length] : reading.reason,
      ),
      numbers.map((index) => [`number ${index}`, index * 1000]),
    )
    await mails.close()
  })

  test('a closed parser reads nothing more', async () => {
    const mails = one()
    await mails.close()
    await assert.rejects(mails.read(rawMail({})), /closed/)
  })
})
