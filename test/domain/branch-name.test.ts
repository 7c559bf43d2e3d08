// Names of branches (design section 4, "Branches"; what GitLab takes: lib/gitlab/git_ref_validator.rb).

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { branchName, foreignBranchName, isBranchOf } from '../../src/domain/branch-name.ts'

/** GitLab's own rules for a branch name, as written in its validator. */
const gitlabTakes = (name: string): boolean =>
  name !== '' &&
  name !== 'HEAD' &&
  !/^(refs\/heads\/|refs\/remotes\/|-)/u.test(name) &&
  !/[/.]$/u.test(name) &&
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control bytes are what GitLab refuses.
  !/[\u0000-\u0020\u007f~^:?*[\\]/u.test(name) &&
  !/\.\.|\/\/|@\{/u.test(name) &&
  name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'))

const iids = fc.integer({ min: 1, max: 2_000_000_000 })
const titles = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 150 }),
  fc.string({ unit: 'binary', maxLength: 150 }),
  fc
    .array(
      fc.constantFrom('a', '-', '.', '/', '@{', '.lock', '..', ' ', '~', '\\', 'HEAD', '\u0000', '👍', 'é'),
    )
    .map((all) => all.join('')),
)

describe('the branch of a ticket in the desk’s own project', () => {
  test('is its number and its title, as GitLab itself would name it', () => {
    assert.equal(branchName(42, 'My screen stays black', false), '42-my-screen-stays-black')
    assert.equal(branchName(42, '  Écran -- NOIR !  ', false), '42-ecran-noir')
  })

  test('of a confidential ticket says nothing of its title', () => {
    fc.assert(
      fc.property(iids, titles, (iid, title) => {
        assert.equal(branchName(iid, title, true), `${iid}-confidential-issue`)
      }),
    )
  })

  test('is one that GitLab takes, at most 100 long, and the ticket’s own, whatever the title', () => {
    fc.assert(
      fc.property(iids, titles, (iid, title) => {
        const name = branchName(iid, title, false)
        assert.ok(gitlabTakes(name), JSON.stringify(name))
        assert.ok(name.length <= 100)
        assert.ok(isBranchOf(iid, name))
        assert.ok(name.length > `${iid}-`.length, 'GitLab links by number and dash; something must follow')
        assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/u)
      }),
      { numRuns: 200 },
    )
  })

  test('hostile titles make harmless names', () => {
    for (const title of [
      '../../x',
      'refs/heads/main',
      '-rf',
      'a..b',
      'x.lock',
      '@{',
      '12345',
      '👍👍',
      '',
      '\u0000',
      '日本',
    ])
      assert.ok(gitlabTakes(branchName(42, title, false)), title)
  })

  test('a long title is cut between words, one endless word anywhere', () => {
    const words = branchName(42, 'screen '.repeat(40), false)
    assert.ok(words.length <= 100 && words.length > 90)
    assert.ok(words.endsWith('-screen'))
    assert.equal(branchName(42, 'x'.repeat(300), false).length, 100)
  })

  test('is the same each time it is asked for', () => {
    fc.assert(
      fc.property(iids, titles, fc.boolean(), (iid, title, confidential) => {
        assert.equal(branchName(iid, title, confidential), branchName(iid, title, confidential))
      }),
    )
  })
})

describe('whose a branch is', () => {
  test('any branch that begins with the number and a dash is the ticket’s', () => {
    assert.equal(isBranchOf(42, '42-something-else'), true)
    for (const name of ['421-x', '4-2', '42', 'fix-42-x', '/42-x', ''])
      assert.equal(isBranchOf(42, name), false)
  })

  test('no branch is two tickets’', () => {
    fc.assert(
      fc.property(iids, iids, titles, fc.boolean(), (one, other, title, confidential) => {
        fc.pre(one !== other)
        assert.equal(isBranchOf(other, branchName(one, title, confidential)), false)
      }),
    )
  })

  test('in another project the name says nothing but the number', () => {
    assert.equal(foreignBranchName(42), 'ticket-42')
    assert.equal(isBranchOf(42, foreignBranchName(42)), false)
  })
})
