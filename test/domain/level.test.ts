// The ladder of levels (design section 4, "Labels": the highest level label present, 1 if none).

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  isLevelLabel,
  levelLabel,
  levelName,
  levelOfLabels,
  otherLevelLabels,
} from '../../src/domain/level.ts'
import { aDesk, aDeskOfLevels } from '../support/tickets.ts'

const aLadder = fc.integer({ min: 1, max: 8 }).map(aDeskOfLevels)

describe('the level of a ticket by its labels', () => {
  test('no level label means Level 1', () => {
    assert.equal(levelOfLabels([], aDesk()), 1)
    assert.equal(levelOfLabels(['hardware', 'level::9', 'Level::2', 'level::2 '], aDesk()), 1)
  })

  test('with both labels the higher counts, in whatever order GitLab names them', () => {
    assert.equal(levelOfLabels(['level::1', 'level::2'], aDesk()), 2)
    assert.equal(levelOfLabels(['level::2', 'level::1'], aDesk()), 2)
  })

  test('is the highest level label there is, for any ladder and any labels', () => {
    fc.assert(
      fc.property(aLadder, fc.array(fc.nat(9)), fc.array(fc.string()), (desk, numbers, others) => {
        const labels = [...others, ...numbers.map((number) => `level::${number}`)]
        const present = desk.levels.flatMap(({ label }, index) => (labels.includes(label) ? [index + 1] : []))
        assert.equal(levelOfLabels(labels, desk), Math.max(1, ...present))
      }),
    )
  })

  test('the order of labels and their repetition do not matter', () => {
    fc.assert(
      fc.property(aLadder, fc.array(fc.nat(9)), (desk, numbers) => {
        const labels = numbers.map((number) => `level::${number}`)
        assert.equal(levelOfLabels(labels, desk), levelOfLabels([...labels].reverse(), desk))
        assert.equal(levelOfLabels(labels, desk), levelOfLabels([...labels, ...labels], desk))
      }),
    )
  })

  test('the words in the labels mean nothing, their place on the ladder does', () => {
    const desk = aDesk({
      levels: [
        { name: 'Front', label: 'zz' },
        { name: 'Back', label: 'aa' },
      ],
    })
    assert.equal(levelOfLabels(['zz', 'aa'], desk), 2)
  })
})

describe('the labels of a level', () => {
  test('its own and the others are the whole ladder, each once', () => {
    fc.assert(
      fc.property(aLadder, fc.nat(), (desk, seed) => {
        const number = 1 + (seed % desk.levels.length)
        const others = otherLevelLabels(number, desk)
        assert.ok(!others.includes(levelLabel(number, desk)))
        assert.deepEqual(
          [...others, levelLabel(number, desk)].sort(),
          desk.levels.map(({ label }) => label).sort(),
        )
        assert.equal(levelOfLabels([levelLabel(number, desk)], desk), number)
      }),
    )
  })

  test('a level that this desk does not have is a mistake of ours and says so', () => {
    for (const number of [0, 3, -1, 1.5]) assert.throws(() => levelLabel(number, aDesk()), RangeError)
  })

  test('a level has the name that belay.yaml gives it', () => {
    assert.equal(
      levelName(
        2,
        aDesk({
          levels: [
            { name: 'Front', label: 'a' },
            { name: 'Back', label: 'b' },
          ],
        }),
      ),
      'Back',
    )
  })

  test('only the ladder’s own labels are level labels', () => {
    assert.equal(isLevelLabel('level::2', aDesk()), true)
    assert.equal(isLevelLabel('level::3', aDesk()), false)
    assert.equal(isLevelLabel('LEVEL::2', aDesk()), false)
  })
})
