// Categories, their brackets in titles, and triage (design section 5: `[Category]` anywhere in the title).

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { categoriesInTitle, categoryById, categoryOfLabels } from '../../src/domain/category.ts'
import { triage } from '../../src/domain/triage.ts'
import { aDesk } from '../support/tickets.ts'

const desk = aDesk()

const withAliases = aDesk({
  categories: desk.categories.map((category) =>
    category.id === 'Hardware' ? { ...category, aliases: ['Hard ware', 'Matériel', 'PC'] } : category,
  ),
})

const asked = (title: string, on = desk) => categoriesInTitle(title, on).map(({ id }) => id)

/** Text that opens or closes no bracket. */
const plain = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[[\]]/gu, ''))
const spaces = fc.array(fc.constantFrom(' ', '\t', '\u00a0'), { maxLength: 4 }).map((all) => all.join(''))
const category = fc.constantFrom(...desk.categories)

/** The same word as people type it: other case, spaces around and between. */
const typed = (word: string) =>
  fc
    .tuple(spaces, spaces, spaces, fc.array(fc.boolean(), { minLength: word.length, maxLength: word.length }))
    .map(([before, between, after, upper]) => {
      const letters = [...word].map((sign, index) =>
        sign === ' ' ? ` ${between}` : upper[index] ? sign.toUpperCase() : sign.toLowerCase(),
      )
      return `[${before}${letters.join('')}${after}]`
    })

describe('the category that a title asks for', () => {
  test('is named in brackets: at the start, in the middle, at the end, after “Re:”', () => {
    for (const title of [
      '[Hardware] Buying a new screen',
      'Re: [Hardware] Buying a new screen',
      'AW: Re: FWD: [Hardware] Buying a new screen',
      'Buying [Hardware] a new screen',
      'Buying a new screen [Hardware]',
      '[Hardware]',
      'x[Hardware]y',
      '[[Hardware]]',
      '[ticket #12] [Hardware] screen',
    ])
      assert.deepEqual(asked(title), ['Hardware'], title)
  })

  test('letter case and spaces do not matter', () => {
    for (const title of ['[hardware ] screen', '[ HARDWARE] screen', '[HardWare]'])
      assert.deepEqual(asked(title), ['Hardware'], title)
    for (const title of [
      '[gitlab account]',
      '[GitLab  Account ]',
      '[ GITLAB\tACCOUNT]',
      '[gitlab\u00a0account]',
    ])
      assert.deepEqual(asked(title), ['Gitlab Account'], title)
  })

  test('aliases count too, with accents however they are composed', () => {
    for (const title of ['[hard ware] x', '[PC] x', '[mate\u0301riel] x', '[MATÉRIEL] x'])
      assert.deepEqual(asked(title, withAliases), ['Hardware'], title)
    assert.deepEqual(asked('[PC] x'), [])
  })

  test('without brackets, with half of them or as part of a word it asks for nothing', () => {
    for (const title of [
      'Hardware is broken',
      '[Hardware is broken',
      'Hardware] is broken',
      '(Hardware) is broken',
      '[Hardware is broken]',
      '[Hardwares]',
      '[Hard] [ware]',
      '[]',
      '[ ]',
      '',
    ])
      assert.deepEqual(asked(title), [], title)
  })

  test('several are all named, each once, in the desk’s order', () => {
    assert.deepEqual(asked('[Gitlab Account] and [hardware] and [HARDWARE]'), ['Hardware', 'Gitlab Account'])
    assert.deepEqual(asked('[PC][Hardware]', withAliases), ['Hardware'])
  })

  test('is found however it is typed and whatever stands around it', () => {
    fc.assert(
      fc.property(
        category.chain((one) => fc.tuple(fc.constant(one), typed(one.id), plain, plain)),
        ([one, brackets, before, after]) => {
          assert.deepEqual(asked(before + brackets + after), [one.id])
        },
      ),
    )
  })

  test('is never found where there are no brackets', () => {
    fc.assert(
      fc.property(plain, category, plain, (before, one, after) => {
        assert.deepEqual(asked(`${before} ${one.id} ${after}`), [])
      }),
    )
  })

  test('a title that is nothing but brackets is read at once', () => {
    const startedAt = performance.now()
    for (const title of [
      '['.repeat(100_000),
      '[a'.repeat(50_000),
      `[${' '.repeat(100_000)}]`,
      '[]'.repeat(50_000),
    ])
      assert.deepEqual(asked(title), [])
    assert.ok(performance.now() - startedAt < 10_000, 'a pattern that explodes takes minutes')
  })

  test('signs with a meaning in patterns are only signs', () => {
    const odd = aDesk({
      categories: desk.categories.slice(0, 1).map((one) => ({ ...one, id: 'C++ (.*) $^' })),
    })
    assert.deepEqual(asked('Re: [c++ (.*) $^] does not build', odd), ['C++ (.*) $^'])
    assert.deepEqual(asked('[anything]', odd), [])
  })
})

describe('a category by its id and by its labels', () => {
  test('the id is found as people type it; an unknown one is not', () => {
    assert.equal(categoryById('gitlab account', desk)?.id, 'Gitlab Account')
    assert.equal(categoryById('', desk), undefined)
    assert.equal(categoryById('Catering', desk), undefined)
  })

  test('the labels say it, whatever else the issue bears', () => {
    assert.equal(categoryOfLabels(['vip', 'gitlab-account'], desk)?.id, 'Gitlab Account')
    assert.equal(categoryOfLabels(['vip', 'Hardware'], desk), undefined)
  })

  test('of two labels the first in the desk’s order counts, in whatever order GitLab names them', () => {
    assert.equal(categoryOfLabels(['gitlab-account', 'hardware'], desk)?.id, 'Hardware')
    assert.equal(categoryOfLabels(['hardware', 'gitlab-account'], desk)?.id, 'Hardware')
  })
})

describe('triage', () => {
  test('adds the label of the category that the title asks for', () => {
    assert.deepEqual(triage('[Hardware] Buying a new screen', [], desk), {
      kind: 'add',
      labels: ['hardware'],
    })
  })

  test('leaves what has it already, and what asks for nothing', () => {
    assert.deepEqual(triage('[Hardware] Buying a new screen', ['hardware'], desk), { kind: 'fine' })
    assert.deepEqual(triage('Buying a new screen', [], desk), { kind: 'fine' })
  })

  test('leaves a title that asks for several to a person, also when one label is there', () => {
    for (const labels of [[], ['hardware']]) {
      const result = triage('[Hardware] [Gitlab Account] both', labels, desk)
      assert.equal(result.kind, 'ambiguous')
      assert.deepEqual(result.kind === 'ambiguous' ? result.categories.map(({ id }) => id) : [], [
        'Hardware',
        'Gitlab Account',
      ])
    }
  })

  test('only ever adds what is missing; done twice it finds nothing to do', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(plain, fc.constantFrom('[Hardware]', '[gitlab account ]'))),
        fc.subarray(['hardware', 'gitlab-account', 'level::1']),
        (parts, labels) => {
          const title = parts.join(' ')
          const result = triage(title, labels, desk)
          if (result.kind !== 'add') return
          assert.ok(result.labels.every((label) => !labels.includes(label)))
          assert.deepEqual(triage(title, [...labels, ...result.labels], desk), { kind: 'fine' })
        },
      ),
    )
  })
})
