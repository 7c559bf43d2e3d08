// Roles come from GitLab's membership (design section 5, "Roles"; security I14: nothing is allowed by default).

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Role } from '../../src/domain/role.ts'
import { isAgent, isAtLeast, mayWorkAtLevel, roleOfAccessLevel } from '../../src/domain/role.ts'

const roles: readonly Role[] = ['requester', 'agent', 'specialist', 'lead']

describe('the role of a GitLab access level', () => {
  test('none and Guest ask, Planner and Reporter are agents, Developer a specialist, Maintainer and Owner lead', () => {
    const expected: Record<number, Role> = {
      0: 'requester',
      10: 'requester',
      15: 'agent',
      20: 'agent',
      30: 'specialist',
      40: 'lead',
      50: 'lead',
    }
    for (const [level, role] of Object.entries(expected)) assert.equal(roleOfAccessLevel(Number(level)), role)
  })

  test('any other number gives no rights, however large', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double()), (level) => {
        fc.pre(![15, 20, 30, 40, 50].includes(level))
        assert.equal(roleOfAccessLevel(level), 'requester')
      }),
    )
    for (const odd of [5, 25, 35, 45, 60, 100, Number.NaN, Number.POSITIVE_INFINITY])
      assert.equal(roleOfAccessLevel(odd), 'requester')
  })
})

describe('what a role may do', () => {
  test('each role includes those before it and none after', () => {
    for (const [rank, role] of roles.entries())
      for (const [neededRank, needed] of roles.entries())
        assert.equal(isAtLeast(role, needed), rank >= neededRank)
  })

  test('everybody but a requester is an agent', () => {
    assert.deepEqual(roles.map(isAgent), [false, true, true, true])
  })

  test('Level 1 is worked by agents, Level 2 and above by those who can push', () => {
    assert.deepEqual(
      [1, 2, 3].map((level) => roles.filter((role) => mayWorkAtLevel(role, level))),
      [
        ['agent', 'specialist', 'lead'],
        ['specialist', 'lead'],
        ['specialist', 'lead'],
      ],
    )
  })
})
