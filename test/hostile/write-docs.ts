// Writes docs/hostile-inputs.md from the table: `node test/hostile/write-docs.ts`.

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { chapters, table } from './table.ts'

export const docsFile = path.join(import.meta.dirname, '..', '..', 'docs', 'hostile-inputs.md')

const longest = 160

/** In a cell of a table, with every sign that a reader or an editor would not show. */
const cell = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const visible = text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Zl}\p{Zp}]/gu,
    (sign) => `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
  const short = [...visible].length > longest ? `${[...visible].slice(0, longest).join('')} …` : visible
  const ticks = '`'.repeat(Math.max(0, ...[...short.matchAll(/`+/g)].map(([run]) => run.length)) + 1)
  const padded = short === '' ? ' ' : /^`|`$/.test(short) ? ` ${short} ` : short
  return `${ticks}${padded.replaceAll('|', '\\|')}${ticks}`
}

const words = (text: string): string => text.replaceAll('|', '\\|')

export const docs = (): string =>
  `${[
    '# Hostile inputs',
    'What strangers may send, by the door it comes in by, what must become of it, and where it is known from. Written by `node test/hostile/write-docs.ts` from the table that the tests run (`test/hostile/inputs`); a test fails while the two differ. security.md, design.md, FACTS and I1 to I20 are the rules the desk was built by; what they promise stands in [SECURITY.md](../SECURITY.md). `{"of": …, "times": n}` is a text repeated n times.',
    `${table.length} inputs. To run them all: \`node --test 'test/hostile/*.test.ts'\`.`,
    ...chapters.flatMap(({ title, how, test, rows }) => [
      `## ${title}`,
      `${how} (\`test/hostile/${test.replaceAll(', ', '`, `test/hostile/')}\`)`,
      [
        '| | input | what becomes of it | known from |',
        '| --- | --- | --- | --- |',
        ...rows.map(
          ({ id, input, expect, why }) =>
            `| ${words(id)} | ${cell(input)} | ${words(String(expect))} | ${words(why)} |`,
        ),
      ].join('\n'),
    ]),
  ].join('\n\n')}\n`

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(docsFile, docs())
