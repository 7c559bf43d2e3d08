// Every hostile text, by the ways texts take to GitLab: composed as a ticket, as a requester's reply and as an agent's
// answer, read by what GitLab reads commands, mentions and references with, and shown as GitLab shows it.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { extractCommands } from '../../sandbox/src/work/quick-actions.ts'
import { findReferences } from '../../sandbox/src/work/references.ts'
import { arm, disarm, normalise } from '../../src/adapters/gitlab/armour.ts'
import {
  composeDescription,
  composeNote,
  readDescription,
  readNote,
} from '../../src/adapters/gitlab/markdown.ts'
import { createMarkers } from '../../src/adapters/gitlab/markers.ts'
import { texts } from './inputs/texts.ts'
import { textOf } from './row.ts'
import { sameToAReader } from './visible-text.ts'

const gitlabHost = 'gitlab.school.example'
const markers = createMarkers([{ id: 'k1', secret: 'secret' }])
const context = { markers, gitlabHost }
const operation = '0192f7a0-0000-7000-8000-000000000001'

/** GitLab makes links of addresses before it looks for commits; the sandbox's reading does not. */
const address = /[A-Za-z0-9.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w-])/g

const nothing = findReferences(`https://${gitlabHost}`, '', '')

const references = (body: string) =>
  findReferences(`https://${gitlabHost}`, '', body.replace(address, 'a link'))

describe('a hostile text, composed as what GitLab gets', () => {
  for (const { id, input, expect } of texts)
    test(id, () => {
      const text = textOf(input)
      const description = composeDescription(
        { text, whose: 'requester', files: [], facts: { kind: 'open', operation, author: 'requester' } },
        context,
      )
      const reply = composeNote({ text, facts: { kind: 'reply', operation, author: 'requester' } }, context)
      const answer = composeNote(
        { text, facts: { kind: 'reply', operation, author: 5, authorName: 'Bruno' } },
        context,
      )
      const unproven = composeNote(
        { text, quotes: true, facts: { kind: 'note', operation, author: 'desk' } },
        context,
      )
      for (const body of [description, reply, unproven]) {
        assert.deepEqual(extractCommands(body).commands, [], body.slice(0, 2_000))
        assert.deepEqual(references(body), nothing, body.slice(0, 2_000))
      }
      assert.deepEqual(extractCommands(answer).commands, [], 'an agent commands nothing either')
      for (const body of [description, reply, answer]) {
        const found = markers.read(body)
        assert.equal(found?.marker.operation, operation, 'our own mark counts, and no other')
        assert.ok([...body].length <= 1_048_576)
      }
      if (text.length > 900_000) return
      assert.equal(readDescription(description, markers.read(description)).text, normalise(text))
      assert.equal(readNote(reply, markers.read(reply), gitlabHost), normalise(text))
      const armed = arm(text, { whose: 'requester', gitlabHost })
      assert.equal(disarm(armed), normalise(text))
      if (expect === 'untouched') assert.equal(armed, text)
      if (text.length < 50_000) sameToAReader(armed, text)
    })
})
