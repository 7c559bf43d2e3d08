// The table itself: large enough, nothing twice, each row with its reference, and written down for people.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { chapters, table } from './table.ts'
import { docs, docsFile } from './write-docs.ts'

test('there are at least 600 hostile inputs, and none stands twice', () => {
  assert.ok(table.length >= 600, `${table.length} inputs`)
  const ids = table.map(({ id }) => id)
  assert.deepEqual(
    ids.filter((id, at) => ids.indexOf(id) !== at),
    [],
  )
  const inputs = table.map(({ door, input }) => `${door} ${JSON.stringify(input)}`)
  assert.deepEqual(
    inputs.filter((one, at) => inputs.indexOf(one) !== at),
    [],
  )
})

test('each says where it is known from', () => {
  const known =
    /security\.md|design\.md|\bI\d|FACTS|GitLab|RFC \d|CVE-\d|CWE-\d|GHSA|Unicode|CommonMark|WHATWG|SQLite|PostgreSQL|git|Standard Webhooks|mutation XSS|OWASP|i18next|property test|Fetch/
  assert.deepEqual(
    table.filter(({ why }) => !known.test(why)).map(({ id, why }) => `${id}: ${why}`),
    [],
  )
})

test('every list of inputs is in the table, and every chapter names the tests that run it', () => {
  const folder = import.meta.dirname
  const lists = globSync('inputs/*.ts', { cwd: folder }).flatMap((file) => [
    ...readFileSync(path.join(folder, file), 'utf8').matchAll(/^export const (\w+) = (?:rows|\[)/gm),
  ])
  const source = readFileSync(path.join(folder, 'table.ts'), 'utf8')
  for (const [, name = ''] of lists) assert.match(source, new RegExp(`\\b${name}\\b`))
  for (const { test: files } of chapters)
    for (const file of files.split(', '))
      assert.match(readFileSync(path.join(folder, file), 'utf8'), /from '\.\/inputs\//, file)
})

test('docs/hostile-inputs.md is this table; if not: node test/hostile/write-docs.ts', () => {
  assert.equal(readFileSync(docsFile, 'utf8'), docs())
})
