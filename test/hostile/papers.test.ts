// SECURITY.md and the threat model name tests, commands and figures: all of them must be there.

import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { table } from './table.ts'

const root = path.join(import.meta.dirname, '..', '..')
const papers = ['SECURITY.md', 'docs/threat-model.md'].map((name) => ({
  name,
  text: readFileSync(path.join(root, name), 'utf8'),
}))

/** `a/{b,c}.test.ts` is two of them. */
const spread = (named: string): string[] => {
  const [, before = '', several, after = ''] = /^(.*)\{(.*)\}(.*)$/.exec(named) ?? []
  return several === undefined ? [named] : several.split(',').map((one) => `${before}${one}${after}`)
}

test('every test and page that the papers name is there', () => {
  for (const { name, text } of papers) {
    const tests = [...text.matchAll(/`(test\/[\w/{},.-]+)`/g)].flatMap(([, named = '']) => spread(named))
    const links = [...text.matchAll(/\]\(([\w./-]+)\)/g)].map(([, to = '']) =>
      path.join(path.dirname(name), to),
    )
    assert.ok(links.length > 2, name)
    assert.deepEqual(
      [...tests, ...links].filter((one) => !existsSync(path.join(root, one))),
      [],
      name,
    )
  }
})

test('every command that measures a figure finds tests', () => {
  const tests = globSync('test/**/*.test.ts', { cwd: root })
  const [security] = papers
  const commands = [...(security?.text ?? '').matchAll(/scripts\/test\.ts (?:unit|browser) ([^`]+)`/g)]
  assert.ok(commands.length >= 5)
  for (const [, names = ''] of commands)
    for (const name of names.split(' '))
      assert.ok(
        tests.some((file) => file.includes(name)),
        name,
      )
})

test('there are as many hostile inputs as SECURITY.md says', () => {
  const said = Number(/More than (\d+) hostile inputs/.exec(papers[0]?.text ?? '')?.[1])
  assert.ok(table.length > said, `${table.length} of ${said}`)
})
