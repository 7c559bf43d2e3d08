// Cells of tables for spreadsheets, written as the desk writes them and read back as RFC 4180 says; and as a program
// reads them that parts cells at semicolons.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { csvCell, csvLine } from '../../src/web/csv.ts'
import { cells } from './inputs/csv.ts'

/** One line as RFC 4180 reads it. */
const read = (line: string): string[] => {
  const found: string[] = []
  const cell = /(?:^|,)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/gy
  for (let match = cell.exec(line); match !== null && match[0] !== ''; match = cell.exec(line))
    found.push((match[1] ?? match[2] ?? '').replaceAll('""', '"'))
  return found
}

describe('a cell of a table', () => {
  for (const { id, input, expect } of cells)
    test(id, () => {
      assert.deepEqual(read(csvLine(['first', input, 'last'])), ['first', expect, 'last'])
      for (const part of csvCell(input).split(/[;\t\r\n]/))
        assert.doesNotMatch(part.replace(/^"/, ''), /^[\s\p{Cc}\p{Cf}"]*[=+\-@＝＋－−＠]/u)
    })

  test('a number stays a number, a negative one too', () => {
    assert.equal(csvLine([-1, 0.5]), '"-1","0.5"\r\n')
  })
})
