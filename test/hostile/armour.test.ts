// The text armour over anything at all that can be typed: nothing happens in GitLab, it comes back letter by letter,
// and whoever reads it there reads what was written.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { extractCommands } from '../../sandbox/src/work/quick-actions.ts'
import { findReferences } from '../../sandbox/src/work/references.ts'
import { arm, disarm, normalise } from '../../src/adapters/gitlab/armour.ts'
import { texts } from './inputs/texts.ts'
import { textOf } from './row.ts'
import { sameToAReader, visibleText } from './visible-text.ts'

const gitlabHost = 'gitlab.school.example'
const requester = { whose: 'requester', gitlabHost } as const

/** GitLab makes links of addresses before it looks for commits; the sandbox's reading does not. */
const address = /[A-Za-z0-9.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w-])/g

const nothing = { ...findReferences(`https://${gitlabHost}`, '', ''), commands: [] }

const effects = (body: string) => {
  const found = findReferences(`https://${gitlabHost}`, '', body.replace(address, 'a link'))
  return {
    ...found,
    // The sandbox reads the addresses of links as they are sent, where %E2%9B%80dead looks like a commit 80dead.
    commits: found.commits.filter((commit) => body.includes(commit)),
    commands: extractCommands(body).commands,
  }
}

const hostile = texts.map(({ input }) => textOf(input)).filter(({ length }) => length < 200)

/** Any signs of Unicode, halves of them too; signs that are one to a reader; and all hostile texts in between. */
const anything = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.string({
        unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
        maxLength: 6,
      }),
      fc.constantFrom(
        '\n',
        '\n\n',
        '\r\n',
        '\r',
        ' ',
        '\t',
        '`',
        '```',
        '\\',
        '/',
        '@',
        '#',
        '<',
        '>',
        '&',
        '\u2060',
      ),
      fc.constantFrom(...hostile),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''))

describe('whatever a requester writes', () => {
  test('commands nothing, mentions nobody and refers to nothing in GitLab', () => {
    fc.assert(
      fc.property(anything, (written) => {
        assert.deepEqual(effects(arm(written, requester)), nothing)
      }),
      { numRuns: 3_000 },
    )
  })

  test('comes back letter by letter', () => {
    fc.assert(
      fc.property(anything, (written) => {
        assert.equal(disarm(arm(written, requester)), normalise(written))
      }),
      { numRuns: 3_000 },
    )
  })

  test('the hostile texts would act if they were posted as they are', () => {
    const live = texts.filter(
      ({ input, expect }) =>
        expect === 'dead' && JSON.stringify(effects(textOf(input))) !== JSON.stringify(nothing),
    )
    assert.ok(live.length >= 70, `only ${live.length} of ${texts.length} would do anything`)
  })
})

test('whatever an agent writes commands nothing either', () => {
  fc.assert(
    fc.property(anything, (written) => {
      const armed = arm(written, { whose: 'agent', gitlabHost })
      assert.deepEqual(extractCommands(armed).commands, [])
      assert.equal(disarm(armed), normalise(written))
    }),
    { numRuns: 2_000 },
  )
})

const noWordIsLost = (armed: string, written: string): void => {
  const shown = visibleText(armed)
  let at = 0
  for (const sign of visibleText(written).replace(/[^\p{L}\p{N}]/gu, '')) {
    at = shown.indexOf(sign, at) + 1
    assert.ok(
      at > 0,
      `${JSON.stringify(sign)} of ${JSON.stringify(written)} is not in ${JSON.stringify(shown)}`,
    )
  }
}

test('whoever reads it in GitLab reads what was written', () => {
  fc.assert(
    fc.property(anything, (written) => {
      const armed = arm(written, requester)
      // An address of GitLab's own comes into a code span, and a mark like ours is no comment any more: the Markdown
      // around them may then show a sign of its own or what it had hidden. No word is lost, as long as no other code
      // and no link is around it.
      const set = /gitlab\\?\.school|<!--\s*belay/i.test(written)
      fc.pre(!(set && /`|~{3}|\]/.test(written)))
      if (set) noWordIsLost(armed, normalise(written))
      else sameToAReader(armed, normalise(written))
      const answer = arm(written, { whose: 'agent', gitlabHost })
      if (set) noWordIsLost(answer, normalise(written))
      else sameToAReader(answer, normalise(written))
    }),
    { numRuns: 3_000 },
  )
})
