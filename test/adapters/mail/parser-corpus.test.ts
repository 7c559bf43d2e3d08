// Real mails of many programs, languages and years: each is read or refused with a named reason, and none that a
// program wrote may be answered.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { createMailParser } from '../../../src/adapters/mail/parser.ts'
import { mayBeAnswered, type ReadMail } from '../../../src/domain/mail.ts'
import { sharedFolder, withoutShared } from '../../support/shared.ts'
import { answers } from './corpus-answers.ts'
import { rawMail } from './raw-mail.ts'

const corpus = path.join(sharedFolder ?? '', 'mail-corpus')
const files = (folder: string, ending: string): string[] =>
  readdirSync(path.join(corpus, folder)).filter((file) => file.endsWith(ending))

// A busy machine is no finding here.
const parser = createMailParser({ deadlineMs: 60_000 })
after(() => parser.close())

const read = async (source: Buffer): Promise<ReadMail> => {
  const reading = await parser.read(source)
  if (!reading.ok) assert.fail(`${reading.reason}: ${reading.detail}`)
  return reading.mail
}

const isFit = (text: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is asked
  text.isWellFormed() && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\r]/.test(text)

describe('the mail corpus', { skip: withoutShared }, () => {
  test('each of the 104 mails in many forms is read, and what is read is fit to be stored', async () => {
    const names = files('mime', '').filter((file) => !/^(LICENSE|\.)/.test(file))
    assert.equal(names.length, 104)
    for (const name of names) {
      const mail = await read(readFileSync(path.join(corpus, 'mime', name)))
      const texts = [mail.text, mail.from?.name ?? '', ...mail.folded.map(({ text }) => text)]
      assert.ok(texts.every(isFit), name)
      const lines = [mail.subject, ...mail.files.map((file) => file.name), ...mail.to.map((to) => to.name)]
      assert.ok(
        lines.every((line) => isFit(line) && !line.includes('\n')),
        name,
      )
      assert.ok(
        mail.files.every((file) => file.name !== '' && !/[/\\]/.test(file.name)),
        name,
      )
    }
  })

  test('none of the 209 mails of mail systems and programs may be answered', async () => {
    const names = files('bounces', '.eml')
    assert.equal(names.length, 209)
    const kinds = { bounce: 0, 'without an address': 0, 'about a mail of ours': 0, late: 0 }
    const others: Record<string, string | null> = {}
    const answerable: string[] = []
    for (const name of names) {
      const mail = await read(readFileSync(path.join(corpus, 'bounces', name)))
      if (mail.bounce === null) others[name] = mail.automatic
      else {
        kinds.bounce++
        if (mail.bounce.failed.length === 0) kinds['without an address']++
        if (mail.refersTo.length > 0) kinds['about a mail of ours']++
        if (!mail.bounce.final) kinds.late++
        assert.ok(mail.bounce.failed.every(({ detail }) => detail.length <= 500 && isFit(detail)))
      }
      if (mail.bounce === null && mail.automatic === null) answerable.push(name)
      if (mayBeAnswered(mail)) answerable.push(name)
    }
    assert.deepEqual(answerable, [])
    // What is no delivery failure: feedback, a delivery receipt, a list's complaint, vacation notices.
    assert.deepEqual(others, {
      'arf-11.eml': 'report',
      'arf-15.eml': 'report',
      'arf-18.eml': 'report',
      'arf-21.eml': 'report',
      'arf-24.eml': 'report',
      'lhost-amazonses-12.eml': 'auto-reply',
      'lhost-fml-03.eml': 'list',
      'rfc3834-01.eml': 'auto-reply',
      'rfc3834-04.eml': 'auto-reply',
    })
    // One names no address at all (lhost-v5sendmail-01); the others without a mail of ours bring none back.
    assert.deepEqual(kinds, { bounce: 200, 'without an address': 1, 'about a mail of ours': 180, late: 9 })
  })

  test('of 90 answers at least 88 are stripped to what is new, and none loses a word', async () => {
    const names = files('replies', '.txt')
    assert.equal(names.length, 90)
    const otherwise: string[] = []
    for (const name of names) {
      const body = readFileSync(path.join(corpus, 'replies', name), 'utf8')
      const mail = await read(
        rawMail({ Subject: 'Re: x', 'Content-Type': 'text/plain; charset=utf-8' }, body),
      )
      const [ends, kinds] = answers[name.slice(0, -4)] ?? ['', '']
      const folded = mail.folded.map(({ kind }) => kind.slice(0, 1)).join('')
      if (!mail.text.trimEnd().endsWith(ends) || folded !== kinds) otherwise.push(name)
      const words = (text: string): string[] => (text.match(/[\p{L}\p{N}]+/gu) ?? []).toSorted()
      assert.deepEqual(
        words([mail.text, ...mail.folded.map(({ text }) => text)].join('\n')),
        words(body),
        name,
      )
    }
    // Programs that wrap what they quote, so that half of it bears no sign.
    assert.deepEqual(otherwise, ['email_7.txt', 'email_8.txt'])
  })
})
