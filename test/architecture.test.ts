// The house stays as docs/conventions.md draws it. Each rule is a function over one file's path and text that answers
// what is wrong; the planted files beside each rule prove that it sees what it is for.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** `path` is relative to the root, with slashes. */
type SourceFile = { readonly path: string; readonly text: string }

type Rule = {
  readonly says: string
  readonly wrongIn: (file: SourceFile) => string[]
  readonly caught: readonly SourceFile[]
  readonly fine: readonly SourceFile[]
}

/**
 * Where a page may write text that is not escaped: view → the expressions, word for word. Each is HTML that Belay made,
 * and whoever made it has escaped or cleaned what people wrote: for every `bodyHtml` of a text that is `richText`.
 * Other views and icons may be written anywhere: they are files of ours.
 */
const rawOutput: Readonly<Record<string, readonly string[]>> = {
  'src/web/views/layout.ejs': ['page.bodyHtml'],
  'src/web/views/dashboard.ejs': ['page.rowsHtml'],
  'src/web/views/open-ticket.ejs': ['card.dotHtml'],
  'src/web/views/ticket.ejs': ['page.timelineHtml', 'page.facts.category.dotHtml'],
  'src/web/views/ticket-row.ejs': ['page.categoryHtml'],
  'src/web/views/timeline.ejs': ['entry.bodyHtml'],
  'src/web/views/requester-ticket.ejs': ['one.bodyHtml'],
  'src/web/views/kpi-tickets.ejs': ['row.categoryHtml'],
  'src/web/views/mail.ejs': ['page.bodyHtml', 'fold.bodyHtml'],
}

/** Rules and use cases use no packages. Listed are those that only compute: no disk, no network, no clock, no chance. */
const computing: Readonly<Record<string, readonly string[]>> = {
  'src/application/check-audit.ts': ['node:crypto'],
  'src/application/index-checksum.ts': ['node:crypto'],
  'src/application/ticket-link.ts': ['node:crypto'],
  'src/domain/kpi/periods.ts': ['temporal-polyfill'],
  'src/domain/working-hours.ts': ['temporal-polyfill'],
}

const at = (file: string, text: string): SourceFile => ({ path: file, text })

/** Comments, strings and regular expressions are gone; what is computed inside a template stays. */
function codeOf(text: string): string {
  return text.replace(
    /\/\/.*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`|(?<=(?:^|[=(,:;!&|?{}[>]|\breturn)\s*)\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//gm,
    (found) => {
      if (found.startsWith('`')) return `'' ${(found.match(/\$\{[^}]*\}/g) ?? []).join(' ')}`
      return /^\/[/*]/.test(found) ? ' ' : "''"
    },
  )
}

/** What a file imports, re-exports or loads later: paths from the root, packages by their name. */
function importsOf(file: SourceFile): string[] {
  const statements =
    /^[ \t]*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^[ \t]*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"`]([^'"`]+)['"`]/gm
  return [...file.text.matchAll(statements)]
    .map(([, from, bare, later]) => from ?? bare ?? later ?? '')
    .map((name) => (name.startsWith('.') ? path.posix.join(path.posix.dirname(file.path), name) : name))
}

const isTypeScript = (file: SourceFile) => file.path.endsWith('.ts')
// Templates of mails are Markdown, which escapes otherwise; they have tests of their own.
const isView = (file: SourceFile) => file.path.endsWith('.ejs') && !file.path.endsWith('.md.ejs')

/** Who may import what: the first row whose folder or file the path begins with decides. */
const directions: readonly { from: RegExp; may: RegExp; packages: boolean }[] = [
  { from: /^src\/domain\//, may: /^src\/domain\//, packages: false },
  { from: /^src\/application\//, may: /^src\/(domain|application)\//, packages: false },
  { from: /^src\/adapters\//, may: /^src\/(domain|application)\//, packages: true },
  { from: /^src\/web\//, may: /^src\/(domain|application|web)\//, packages: true },
  {
    from: /^src\/(worker|mail-worker|doorbell)\.ts$/,
    may: /^src\/(domain\/|application\/|worker\.ts$|doorbell\.ts$)/,
    packages: true,
  },
  { from: /^src\/(composition-root|main|kpi-thread)\.ts$/, may: /^src\//, packages: true },
  { from: /^src\/commands\//, may: /^src\/(domain\/|application\/|commands\/|[a-z-]+\.ts$)/, packages: true },
  { from: /^src\//, may: /^src\/(domain\/|application\/|[a-z-]+\.ts$)/, packages: true },
  { from: /^sandbox\//, may: /^sandbox\//, packages: true },
]

function againstDirection(file: SourceFile): string[] {
  const row = directions.find(({ from }) => from.test(file.path))
  if (row === undefined || !isTypeScript(file)) return []
  const ownAdapter = /^src\/adapters\/[^/]+\//.exec(file.path)?.[0]
  return importsOf(file)
    .filter((target) => {
      if (/^@belay\//.test(target)) return true
      if (ownAdapter !== undefined && target.startsWith(ownAdapter)) return false
      // Anything relative was resolved above, so what does not lie in one of our folders is a package.
      const isOurs = /^(src|sandbox|test|scripts|bench|\.\.)\//.test(target)
      return isOurs ? !row.may.test(target) : !row.packages && !computing[file.path]?.includes(target)
    })
    .map((target) => `imports ${target}`)
}

function found(file: SourceFile, pattern: RegExp, says: string): string[] {
  return isTypeScript(file) && pattern.test(codeOf(file.text)) ? [says] : []
}

const rules: readonly Rule[] = [
  {
    says: 'domain ← application ← adapters, web, worker ← composition root; Belay and the sandbox never meet',
    wrongIn: againstDirection,
    caught: [
      at('src/domain/ticket.ts', "import { now } from '../application/ports.ts'"),
      at('src/domain/ticket.ts', "import { readFileSync } from 'node:fs'"),
      at('src/domain/ticket.ts', "import type {\n  A,\n  B,\n} from '../config.ts'"),
      at('src/application/open-ticket.ts', "export * from '../adapters/gitlab/client.ts'"),
      at('src/application/open-ticket.ts', "import pg from 'pg'"),
      at('src/adapters/gitlab/gateway.ts', "import { db } from '../store/database.ts'"),
      at('src/adapters/gitlab/gateway.ts', "import { settings } from '../../config.ts'"),
      at('src/web/controllers/tickets.ts', "const x = await import('../../adapters/mail/smtp.ts')"),
      at('src/worker.ts', "import './adapters/gitlab/client.ts'"),
      at('src/commands/sync.ts', "import { lock } from '../adapters/store/lock.ts'"),
      at('src/keys.ts', "import { db } from './adapters/store/database.ts'"),
      at('src/kpi-thread-door.ts', "import { drawChart } from './adapters/charts/draw.ts'"),
      at('src/main.ts', "import { start } from '../sandbox/src/start.ts'"),
      at('src/main.ts', "import { start } from '@belay/gitlab-sandbox/start'"),
      at('sandbox/src/main.ts', "import { label } from '../../src/domain/category.ts'"),
    ],
    fine: [
      at('src/domain/ticket.ts', "import { level } from './level.ts' // from '../config.ts'"),
      at('src/application/open-ticket.ts', "import type { Ticket } from '../domain/ticket.ts'"),
      at('src/adapters/gitlab/wire/issue.ts', "import { z } from 'zod'\nimport { get } from '../client.ts'"),
      at(
        'src/commands/kpi.ts',
        "import { run } from './run.ts'\nimport { compose } from '../composition-root.ts'",
      ),
      at('src/composition-root.ts', "import { gateway } from './adapters/gitlab/gateway.ts'"),
      at('src/kpi-thread.ts', "import { drawChart } from './adapters/charts/draw.ts'"),
      at('sandbox/test/notes.test.ts', "import { start } from '../src/start.ts'"),
    ],
  },
  {
    says: 'process.env is read in config.ts only',
    wrongIn: (file) =>
      /^(src\/config|sandbox\/src\/main)\.ts$/.test(file.path)
        ? []
        : found(
            file,
            /\bprocess\s*(\?\.|\.|\[)\s*env\b|\{[^{}]*\benv\b[^{}]*\}\s*=\s*process\b/,
            'reads process.env',
          ),
    caught: [
      at('src/main.ts', 'const port = process.env.PORT'),
      at('src/web/app.ts', 'const { env } = process'),
      at('sandbox/src/start.ts', ['log(`on $', '{process.env.PORT}`)'].join('')),
    ],
    fine: [at('src/config.ts', 'process.env.PORT'), at('src/main.ts', "// process.env\nlog('process.env')")],
  },
  {
    says: 'the clock is read in the composition root only; rules and use cases set no timers',
    wrongIn: (file) => [
      ...(/^(src\/composition-root|sandbox\/src\/(start|main))\.ts$|^sandbox\/test\//.test(file.path)
        ? []
        : found(file, /\bDate\.now\b|\bnew Date\b(?!\s*\(\s*[^)\s])|\bTemporal\.Now\b/, 'reads the clock')),
      ...(/^src\/(domain|application)\//.test(file.path)
        ? [
            ...found(file, /\bset(Timeout|Interval|Immediate)\b/, 'sets a timer'),
            // Doors and adapters may measure how long something took: that says nothing about what time it is.
            ...found(file, /\bperformance\.now\b|\bhrtime\b/, 'measures time'),
          ]
        : []),
    ],
    caught: [
      at('src/worker.ts', 'const now = Date.now()'),
      at('src/worker.ts', 'const clock = { now: Date.now }'),
      at('src/web/app.ts', 'const now = new Date( )'),
      at('src/domain/deadline.ts', 'const t = performance.now()'),
      at('sandbox/src/world.ts', 'Date.now()'),
      at('src/application/push-operations.ts', 'setTimeout(next, 1000)'),
    ],
    fine: [
      at('src/composition-root.ts', 'const clock = { now: () => Date.now() }'),
      at(
        'src/domain/deadline.ts',
        "const days = [new Date(at), new Date('2026-01-01'), new Date(`2026-01`)]",
      ),
      at('src/worker.ts', 'setTimeout(next, 1000)'),
      at('src/web/app.ts', 'const startedAt = performance.now()'),
    ],
  },
  {
    says: 'a page escapes what it writes; raw output is listed',
    wrongIn: (file) =>
      isView(file)
        ? [...file.text.matchAll(/<%-\s*([\s\S]*?)\s*[-_]?%>/g)]
            .map(([, expression]) => expression ?? '')
            .filter((expression) => !/^(include|partial|icon)\([^()]*\)$/.test(expression))
            .filter((expression) => !rawOutput[file.path]?.includes(expression))
            .map((expression) => `writes ${expression} unescaped and is not listed in architecture.test.ts`)
        : [],
    caught: [
      at('src/web/views/ticket.ejs', '<h1><%- ticket.title %></h1>'),
      at('src/web/views/ticket.ejs', '<%-\n  body -%>'),
      at('src/web/views/ticket.ejs', "<%- icon('lock') + ticket.title %>"),
      at('src/web/views/dashboard.ejs', '<%- page.timelineHtml %>'),
    ],
    fine: [
      at('src/web/views/ticket.ejs', "<%- include('head', { title }) -%><h1><%= ticket.title %></h1>"),
      at('src/web/views/ticket.ejs', "<%- icon('state-' + page.state) %><%- page.timelineHtml %>"),
    ],
  },
  {
    says: 'a page has no inline script, style or handler: the content security policy would block it',
    wrongIn: (file) => {
      if (!isView(file)) return []
      const html = file.text.replace(/<%#[\s\S]*?%>/g, '').replace(/<%[\s\S]*?%>/g, 'x')
      return [
        ...(/<script\b(?![^>]*\ssrc=)/i.test(html) ? ['has an inline script'] : []),
        ...(/<style\b|\sstyle\s*=/i.test(html) ? ['has inline style'] : []),
        ...(/<[a-z][^>]*\son[a-z]+\s*=/i.test(html) ? ['has an inline handler'] : []),
      ]
    },
    caught: [
      at('src/web/views/a.ejs', '<script>go()</script>'),
      at('src/web/views/a.ejs', '<p style="color: red">'),
      at('src/web/views/a.ejs', '<style>p {}</style>'),
      at('src/web/views/a.ejs', '<p class="<%= a > b %>" onclick="go()">'),
    ],
    fine: [at('src/web/views/a.ejs', '<script src="/assets/keys.js" defer></script><p class="style">')],
  },
  {
    // The style check refuses `any` itself and sees it better than a pattern could.
    says: 'nobody switches off a check of types or of `any`',
    wrongIn: (file) =>
      /@ts-(ignore|nocheck|expect-error)|biome-ignore(-all|-start)? lint(\/suspicious(\/noExplicitAny)?)?\s*:/.test(
        file.text,
      )
        ? ['switches off a check']
        : [],
    caught: [
      at('src/web/app.ts', '// @ts-ignore\nf(1)'),
      at('sandbox/src/a.ts', '// biome-ignore lint/suspicious/noExplicitAny: quick\nlet a: any'),
      at('sandbox/src/a.ts', '/* biome-ignore-all lint: quick */'),
    ],
    fine: [at('src/web/app.ts', '// biome-ignore lint/suspicious/noControlCharactersInRegex: mail has them')],
  },
  {
    says: 'a file is named in kebab-case, for one thing',
    wrongIn: (file) => {
      const parts = file.path.split('/').map((part) => part.replace(/(\.test|\.md)?\.[a-z]+$/, ''))
      const vague = /(^|-)(utils?|helpers?|managers?|services?|common)$/
      return parts.flatMap((part) => [
        ...(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(part) ? [] : [`${part} is not kebab-case`]),
        ...(vague.test(part) ? [`${part} names no one thing`] : []),
      ])
    },
    caught: [
      at('src/web/openTicket.ts', ''),
      at('src/web/views/Open_Ticket.ejs', ''),
      at('src/utils/date.ts', ''),
      at('src/adapters/mail/mail-service.ts', ''),
    ],
    fine: [at('src/adapters/gitlab/service-desk.ts', ''), at('sandbox/test/http2.test.ts', '')],
  },
  {
    says: 'each rule and use case opens with two to five lines that a support lead could read',
    wrongIn: (file) => {
      if (!/^src\/(domain|application)\/.*\.ts$/.test(file.path)) return []
      const opening = /^(?:\/\/.*\n)*/.exec(file.text)?.[0] ?? ''
      const lines = opening.split('\n').length - 1
      return lines >= 2 && lines <= 5 ? [] : [`opens with ${lines} comment lines`]
    },
    caught: [
      at('src/domain/level.ts', 'export const one = 1\n'),
      at('src/domain/level.ts', '// One line.\nexport const one = 1\n'),
      at('src/application/sync.ts', `${'// Long.\n'.repeat(6)}export const one = 1\n`),
    ],
    fine: [at('src/domain/level.ts', '// Two\n// lines.\n\nexport const one = 1\n'), at('src/main.ts', '')],
  },
]

const root = fileURLToPath(new URL('..', import.meta.url))
const files: readonly SourceFile[] = globSync('{src,sandbox}/**/*.{ts,ejs}', {
  cwd: root,
  exclude: ['**/node_modules/**', '**/built/**'],
}).map((file) => at(file.replaceAll(path.sep, '/'), readFileSync(path.join(root, file), 'utf8')))

for (const rule of rules)
  describe(rule.says, () => {
    test('holds', () => {
      assert.ok(files.length > 0)
      const wrong = files.flatMap((file) => rule.wrongIn(file).map((what) => `${file.path} ${what}`))
      assert.deepEqual(wrong, [])
    })
    test('is seen when broken, and only then', () => {
      for (const file of rule.caught)
        assert.notDeepEqual(rule.wrongIn(file), [], `${file.path}: ${file.text}`)
      for (const file of rule.fine) assert.deepEqual(rule.wrongIn(file), [], `${file.path}: ${file.text}`)
    })
  })

test('the style check refuses any', () => {
  const { linter } = JSON.parse(readFileSync(path.join(root, 'biome.json'), 'utf8'))
  assert.equal(linter.rules.suspicious.noExplicitAny, 'error')
})
