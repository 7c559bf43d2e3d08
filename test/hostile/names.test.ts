// Titles, branches, labels, files and addresses: through the real gateway into a sandbox where they get that far.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, test } from 'node:test'
import { stringify } from 'yaml'
import { safeFileName } from '../../src/adapters/gitlab/markdown.ts'
import { escalateTicket } from '../../src/application/escalate-ticket.ts'
import { readConfig } from '../../src/config.ts'
import { isPlainAddress } from '../../src/domain/mail-address.ts'
import { ConfigProblems } from '../../src/setup-problem.ts'
import { deskAndGitlab } from '../support/desk-and-gitlab.ts'
import { aDesk } from '../support/tickets.ts'
import { addresses } from './inputs/addresses.ts'
import { branchProjects, branchRefs, branchTitles, fileNames, labelNames } from './inputs/names.ts'
import { texts } from './inputs/texts.ts'
import { titles } from './inputs/titles.ts'
import { textOf } from './row.ts'

const unlimited = { empty: true, serviceDesk: false, limits: { notes: 0, issues: 0 } }

const visiblyOpen = (branches: { project: string; ref: string }) => ({
  categories: aDesk().categories.map((category) => ({ ...category, confidential: false, branches })),
})

/** A ref as git takes it (git-check-ref-format). */
const isRefName = (name: string): boolean =>
  /^[1-9]\d*-[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) && name.length <= 100

describe('a ticket that is opened in GitLab', () => {
  test('does nothing there, whatever its title and text say', async (t) => {
    const desk = await deskAndGitlab(t, { sandbox: unlimited })
    const before = desk.sandbox.users().length
    const own = (text: string) => text.replaceAll('https://gitlab.school.example', desk.sandbox.url)
    // Tickets 1 and 2, a branch and everybody they could name are there.
    await desk.opened()
    await desk.opened()
    for (const { id, input, expect } of titles) {
      const title = own(textOf(input))
      const { iid } = await desk.opened({ title })
      const issue = desk.sandbox.issue(iid ?? 0)
      assert.ok(issue, id)
      assert.ok([...issue.title].length <= 255 && issue.title.trim() !== '', id)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what is asked
      assert.doesNotMatch(issue.title, /[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]/, id)
      if (expect === 'untouched') assert.equal(issue.title, title, id)
      assert.equal(issue.state, 'opened', id)
    }
    for (const { id, input } of texts) {
      const text = own(textOf(input))
      if (text.length > 50_000) continue
      const { iid } = await desk.opened({ text })
      assert.equal(desk.sandbox.issue(iid ?? 0)?.state, 'opened', id)
    }
    const { sandbox } = desk
    assert.deepEqual([sandbox.mentions(), sandbox.todos(), sandbox.crossReferences()], [[], [], []])
    assert.deepEqual([...new Set(sandbox.issues().flatMap(({ labels }) => labels))].sort(), [
      'hardware',
      'level::1',
    ])
    assert.equal(sandbox.users().length, before)
    assert.ok(
      sandbox
        .issues()
        .every(({ confidential, iid }) => confidential === 1 && sandbox.emails(iid).length === 0),
    )
    assert.deepEqual(sandbox.sentMails(), [])
  })
})

describe('a branch of Level 2', () => {
  test('has a name that git takes and that says nothing but the words of the title', async (t) => {
    const desk = await deskAndGitlab(t, { sandbox: unlimited, desk: visiblyOpen({ project: '', ref: '' }) })
    for (const { id, input, expect } of branchTitles) {
      const { id: ticket, iid } = await desk.opened({ title: textOf(input), category: 'Hardware' })
      await desk.done(
        escalateTicket(desk.parts, { ref: { id: ticket }, by: desk.agent('bruno'), reason: 'x', from: 1 }),
      )
      await desk.push()
      const branch = desk.sandbox.branches().find(({ name }) => name.startsWith(`${iid}-`))
      assert.equal(branch?.name, expect.replace(/^n-/, `${iid}-`), id)
      assert.ok(isRefName(branch?.name ?? ''), id)
    }
    const made = desk.sandbox.branches().length
    assert.equal(made, branchTitles.length + 1, 'one for each, and main as it was')
  })

  for (const { id, input, expect } of [...branchRefs, ...branchProjects])
    test(`${id}: ${expect}`, async (t) => {
      const branches = id.startsWith('branch ref') ? { project: '', ref: input } : { project: input, ref: '' }
      const desk = await deskAndGitlab(t, { sandbox: unlimited, desk: visiblyOpen(branches) })
      const { id: ticket, iid } = await desk.opened({ category: 'Hardware' })
      await desk.done(
        escalateTicket(desk.parts, { ref: { id: ticket }, by: desk.agent('bruno'), reason: 'x', from: 1 }),
      )
      await desk.push()
      assert.deepEqual(
        desk.sandbox.branches().map(({ name }) => name),
        ['main'],
      )
      assert.equal((await desk.ticket(iid ?? 0)).level, 2)
      assert.ok(desk.sandbox.issue(iid ?? 0)?.labels.includes('level::2'))
      const open = await desk.store.read((reader) => reader.operations(ticket))
      assert.deepEqual(
        open.filter(({ state }) => state === 'ready'),
        [],
        'nothing goes on trying',
      )
    })
})

describe('a label in belay.yaml', () => {
  for (const { id, input, expect } of labelNames)
    test(`${id} is ${expect}`, (t) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'belay-hostile-'))
      t.after(() => rmSync(folder, { recursive: true, force: true }))
      const file = path.join(folder, 'belay.yaml')
      writeFileSync(file, stringify({ categories: [{ id: 'A', label: { name: input } }] }))
      const read = () => readConfig('desk', { BELAY_CONFIG: file, BELAY_DATA: folder })
      if (expect === 'refused') assert.throws(read, ConfigProblems)
      else assert.equal(read().desk.categories[0]?.label.name, input)
    })
})

describe('the name of a file', () => {
  for (const { id, input, expect } of fileNames)
    test(id, () => {
      const name = safeFileName(textOf(input))
      assert.equal(name, expect)
      assert.doesNotMatch(name, /[/\\\s"'<>()[\]]|^[-.]/)
    })
})

describe('an address', () => {
  for (const { id, input, expect } of addresses)
    test(`${id} is ${expect}`, () => assert.equal(isPlainAddress(input), expect === 'taken'))
})
