import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createMarkers, type MarkerFacts } from '../../../src/adapters/gitlab/markers.ts'
import { markOf } from '../../../src/adapters/gitlab/reading.ts'

const first = { id: 'k1', secret: 'one' }
const second = { id: 'k2', secret: 'two' }
const ana = { name: 'Ana Alves', email: 'ana@school.example', username: null }
const facts: MarkerFacts = { kind: 'open', operation: 'op-1', author: 'requester', requester: ana }

const bot = { id: 7, username: 'project_1_bot_1', name: 'Belay' }
const ghost = { id: 1, username: 'ghost', name: 'Ghost User' }
const context = { markers: createMarkers([first]), ours: new Set([7, 8]), gitlabHost: 'gitlab.test' }

describe('our mark at the end of a text', () => {
  test('tells what was written into it', () => {
    const markers = createMarkers([first])
    const found = markers.read(
      `text\n\n${markers.write({ ...facts, kind: 'escalate', author: 5, authorName: 'Bruno', level: 2, formerAssignee: 'bruno' })}`,
    )
    assert.deepEqual(found?.marker, {
      kind: 'escalate',
      operation: 'op-1',
      author: 5,
      authorName: 'Bruno',
      level: 2,
      formerAssignee: 'bruno',
      requester: ana,
    })
    assert.equal(found?.before, 'text')
    assert.equal(found?.verified, true)
  })

  test('tells how the requester was helped', () => {
    const markers = createMarkers([first])
    for (const good of [true, false])
      assert.equal(markers.read(markers.write({ ...facts, kind: 'satisfaction', good }))?.marker.good, good)
  })

  test('shows nobody who asked', () => {
    const line = createMarkers([first]).write(facts)
    const payload = Buffer.from(line.split(':')[3] ?? '', 'base64url').toString()
    assert.ok(payload.includes('op-1'))
    assert.ok(!payload.includes('Ana') && !payload.includes('school'))
    assert.notEqual(line, createMarkers([first]).write(facts))
  })

  test('is read with every key, written with the first', () => {
    const old = createMarkers([first]).write(facts)
    const both = createMarkers([second, first])
    assert.deepEqual(both.read(old)?.marker.requester, ana)
    assert.match(both.write(facts), /belay:v1:k2:/)
  })

  test('with a key that is lost still says whose text it is, but proves nothing and names nobody', () => {
    const found = createMarkers([second]).read(createMarkers([first]).write(facts))
    assert.equal(found?.verified, false)
    assert.equal(found?.marker.requester, 'unreadable')
    assert.equal(found?.marker.operation, 'op-1')
  })

  test('does not count when a single character of it was changed, or when it is not the last line', () => {
    const markers = createMarkers([first])
    const line = markers.write(facts)
    for (let at = 0; at < line.length; at++) {
      // The last character of the tag carries bits that base64url ignores.
      if (at === line.length - 5) continue
      const forged = `${line.slice(0, at)}${line[at] === 'A' ? 'B' : 'A'}${line.slice(at + 1)}`
      assert.notEqual(markers.read(forged)?.verified, true, `changed at ${at}`)
    }
    assert.equal(markers.read(`${line}\nmore`), null)
    assert.equal(markers.read(`quoted ${line}`), null)
    assert.ok(markers.read(`${line}\n`))
  })

  test('counts in texts of our bot, a former bot and the ghost user, of nobody else', () => {
    const text = `x\n\n${context.markers.write(facts)}`
    assert.ok(markOf(text, bot, context))
    assert.ok(markOf(text, { ...bot, id: 8 }, context))
    assert.ok(markOf(text, ghost, context))
    assert.equal(markOf(text, { id: 4, username: 'bruno', name: 'Bruno' }, context), null)
    assert.equal(markOf(text, { id: 9, username: 'project_2_bot', name: 'Other' }, context), null)
    const lost = `x\n\n${createMarkers([second]).write(facts)}`
    assert.ok(markOf(lost, bot, context))
    assert.equal(markOf(lost, ghost, context), null)
  })
})
