import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { extractCommands } from '../../../sandbox/src/work/quick-actions.ts'
import { findReferences } from '../../../sandbox/src/work/references.ts'
import { arm, disarm, normalise } from '../../../src/adapters/gitlab/armour.ts'
import {
  armTitle,
  composeDescription,
  composeNote,
  disarmTitle,
  fileLink,
  filesOfNote,
  limits,
  readDescription,
  readNote,
  safeFileName,
} from '../../../src/adapters/gitlab/markdown.ts'
import { createMarkers } from '../../../src/adapters/gitlab/markers.ts'

const gitlabHost = 'gitlab.school.example'
const requester = { whose: 'requester', gitlabHost } as const
const agent = { whose: 'agent', gitlabHost } as const
const markers = createMarkers([{ id: 'k1', secret: 'secret' }])
const context = { markers, gitlabHost }

/** Pieces that mean something to GitLab, its Markdown or us, mixed with anything at all. */
const piece = fc.oneof(
  fc.constantFrom(
    ...[
      '\n',
      '\n\n',
      '\r\n',
      '\r',
      ' ',
      '    ',
      '\t',
      '`',
      '``',
      '```',
      '~~~',
      '```ts\n',
      '```json:table\n',
      '\\',
      '/',
    ],
    ...[
      '/close',
      '/label ~bug',
      '/Assign @root',
      ' /close',
      '\\/close',
      '\u2060',
      '\u2060\u2060',
      '@',
      '@carla',
      '@all',
    ],
    ...[
      'a@carla',
      '_a_@carla',
      '*@carla*',
      '#1',
      '!2',
      '$3',
      '&4',
      '~bug',
      '~"a b"',
      '%v1',
      'GL-5',
      '[issue:6]',
      '[',
      '](',
    ],
    ...[
      'deadbeef',
      'deadbeefdeadbeefdeadbeefdeadbeefdeadbeef',
      '1234567',
      '&#64;carla',
      '&commat;carla',
      '<',
      '>',
      '|',
    ],
    ...[
      `https://${gitlabHost}/demo/helpdesk/-/issues/7`,
      `http://${gitlabHost}/a/b/-/merge_requests/8`,
      '<!--',
      '-->',
    ],
    ...[
      'https://news.example/@ana#12',
      'ana@school.example',
      `https\\://${gitlabHost}/a/b/-/issues/9`,
      '<div>',
      '</div>',
    ],
    ...[
      '<!-- belay:v1:',
      '<!--belay',
      '$',
      '$$',
      '- ',
      '> ',
      '>>>',
      '---',
      '1. ',
      '[[',
      '[^',
      '"',
      "'",
      '!',
      'x',
      ':',
      '\0',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.string({ maxLength: 6 }),
)
const text = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''))

/** GitLab makes links of addresses before it looks for commits; the sandbox's Markdown does not. */
const address = /[A-Za-z0-9.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w-])/g

const acted = (body: string) => {
  const found = findReferences(`https://${gitlabHost}`, '', body.replace(address, 'a link'))
  return { ...found, commands: extractCommands(body).commands }
}

const nothing = {
  users: [],
  addressed: [],
  all: false,
  issues: [],
  mergeRequests: [],
  commits: [],
  commands: [],
}

describe('text on its way to GitLab', () => {
  test('whatever a requester writes comes back exactly as it was written', () => {
    fc.assert(
      fc.property(text, (written) => {
        assert.equal(disarm(arm(written, requester)), normalise(written))
      }),
      { numRuns: 4000 },
    )
  })

  test('whatever an agent writes comes back exactly as it was written', () => {
    fc.assert(
      fc.property(text, (written) => {
        assert.equal(disarm(arm(written, agent)), normalise(written))
      }),
      { numRuns: 2000 },
    )
  })

  test('no line of anybody begins with a command, in fences neither', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(requester, agent), (written, whose) => {
        assert.doesNotMatch(arm(written, whose), /(?:^|\n)\/[A-Za-z]/)
        assert.doesNotMatch(arm(written, whose), /<!--\s*belay/i)
      }),
      { numRuns: 2000 },
    )
  })

  test('nothing that a requester writes mentions, references or commands anything in GitLab', () => {
    fc.assert(
      fc.property(text, (written) => {
        assert.deepEqual(acted(arm(written, requester)), nothing)
      }),
      { numRuns: 6000 },
    )
  })

  const tricks: Record<string, string> = {
    'after an unpaired backtick': 'a ` b\n` @all ` and #1',
    'in a fence that a quote ends': '> ```\n@all\n```',
    'in a fence that a list ends': '- a\n  ```\n@all\n  ```',
    'behind a fence that an indented one opened': ' ```\n```\n@all\n```',
    'in an HTML block': '<div>\n` @all `\n</div>',
    'in a fence inside an HTML block': '<div>\n```\n@all\n```\n</div>',
    'behind a backtick in an attribute': '<a href="`">` @all `',
    'behind an escaped backtick': '\\` @all `',
    'behind a backtick in a link': '[a](/x`y) @all `',
    'written with entities': '&#64;carla &#x40;carla &commat;carla &num;1',
    'between signs of emphasis': '_a_@carla *a*@carla',
    'behind an underscore in an address': 'https://x.example/_@all_',
    'as a link': `[x](https://${gitlabHost}/demo/helpdesk/-/issues/1)`,
    'as a link with escapes': `[x](https\\://gitlab\\.school\\.example/demo/helpdesk/-/issues/1)`,
    'as an address in angle brackets': `<https://${gitlabHost}/demo/helpdesk/-/issues/1>`,
    'as an address after a backtick': `\` https://${gitlabHost}/demo/helpdesk/-/issues/1 and \`https://${gitlabHost}/demo/helpdesk/-/issues/2`,
    'as a commit': 'see deadbeef and DEADBEEFCAFE, group/project@deadbeef1',
    'in a table': '| a | b |\n|---|---|\n| ` | @all ` |',
    'behind front matter': '---\n```\n---\n@all\n```',
    'in an opening line that is no fence any more': `\`\`\` https://${gitlabHost}/a/b/-/issues/1\n@all\n\`\`\`\n\`\`\`\n@all\n\`\`\``,
  }
  for (const [how, written] of Object.entries(tricks))
    test(`a mention or reference stays dead ${how}`, () => {
      const armed = arm(written, requester)
      assert.deepEqual(acted(armed), nothing, armed)
      assert.equal(disarm(armed), written)
    })

  test('the tricks would act if they were posted as they are', () => {
    const live = Object.entries(tricks).filter(
      ([, written]) => JSON.stringify(acted(written)) !== JSON.stringify(nothing),
    )
    assert.ok(live.length > 12, `only ${live.length} of the tricks do anything`)
  })

  test('addresses, prices in words and pasted commands of a requester survive as they are', () => {
    for (const written of [
      'Mail ana@school.example or deadbeef1@school.example',
      'AT&T, $PATH, C# and 50% of it',
      'see https://news.example/@ana/post#12 and https://shop.example/?a=1&b=2',
      'run `docker pull @scope/x#1` and\n```sh\nnpm i @scope/x # 1\ngit show deadbeef\n```\nthanks',
    ])
      assert.equal(arm(written, requester), written)
  })

  test("an agent's mentions and references stay alive", () => {
    const written = 'Carla, see #12, @carla and deadbeef'
    assert.equal(arm(written, agent), written)
  })

  test('a path in a sentence and a command in a fence stay readable', () => {
    assert.equal(arm('/close\nuse /etc', agent), '\\/close\nuse /etc')
    assert.equal(arm('```\n/close\n```', agent), '```\n /close\n```')
  })

  test('a megabyte of signs is made safe in well under a second', () => {
    for (const unit of [
      '`',
      '` ',
      '@a',
      'a',
      '#1 ',
      'deadbeef ',
      '<',
      '[',
      `https://${gitlabHost}/`,
      'https://x.example/',
      '&',
      '``` ',
      '\u2060',
      '/a\n',
    ]) {
      const written = unit.repeat(Math.floor(1_000_000 / unit.length))
      const before = performance.now()
      const armed = arm(written, requester)
      assert.equal(disarm(armed), written)
      assert.ok(
        performance.now() - before < 3_000,
        `${unit} took ${Math.round(performance.now() - before)} ms`,
      )
    }
  })
})

describe('titles', () => {
  test('whatever a title says, it is one line of at most 255 characters that does nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((short) => short.repeat(20)),
        ),
        (written) => {
          const title = armTitle(written, gitlabHost)
          assert.ok([...title].length <= limits.title)
          assert.notEqual(title.trim(), '')
          assert.doesNotMatch(title, /[\r\n]/)
          assert.deepEqual(
            findReferences(`https://${gitlabHost}`, title, ''),
            findReferences(`https://${gitlabHost}`, '', ''),
            title,
          )
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('an ordinary title is not touched, one with a mention comes back as it was', () => {
    assert.equal(armTitle('[Hardware] Buying a new screen', gitlabHost), '[Hardware] Buying a new screen')
    assert.equal(disarmTitle(armTitle('for @carla, see #12', gitlabHost)), 'for @carla, see #12')
  })

  test('a title of 300 emoji is cut between two of them', () => {
    const title = armTitle('😀'.repeat(300), gitlabHost)
    assert.equal([...title].length, 255)
    assert.equal(title, `${'😀'.repeat(254)}…`)
  })
})

describe('what an issue and a note look like', () => {
  const facts = { kind: 'reply', operation: 'o1', author: 5, authorName: 'Bruno Silva' } as const

  test('a note begins with its author, ends with our mark and reads back as written', () => {
    const body = composeNote({ text: 'It is on its way.', facts }, context)
    assert.match(body, /^Bruno Silva:\n\nIt is on its way\.\n\n<!-- belay:v1:k1:[\w-]+:[\w-]{22} -->$/)
    assert.equal(readNote(body, markers.read(body), gitlabHost), 'It is on its way.')
  })

  test("a requester's reply shows no name in GitLab", () => {
    const body = composeNote(
      { text: 'Thanks', facts: { kind: 'reply', operation: 'o1', author: 'requester' } },
      context,
    )
    assert.match(body, /^Requester:\n\nThanks\n\n<!--/)
  })

  test('an open fence is closed before our mark and comes back open', () => {
    for (const written of ['```\ncode', '~~~~sh\n/close', '```\ncode\n```', 'x\n\n\n', '']) {
      const body = composeNote({ text: written, facts }, context)
      assert.equal(readNote(body, markers.read(body), gitlabHost), written)
    }
    assert.match(composeNote({ text: '````\ncode', facts }, context), /\n````\n\n<!-- belay/)
  })

  test('any text of anybody comes back out of a note and a description', () => {
    const files = [
      '[a.pdf](/uploads/0123456789abcdef0123456789abcdef/a.pdf)',
      '![b](/uploads/0123456789abcdef0123456789abcdef/b.png)',
    ]
    fc.assert(
      fc.property(text, fc.boolean(), fc.integer({ min: 0, max: 2 }), (written, isAgent, count) => {
        const author = isAgent ? 5 : ('requester' as const)
        const body = composeNote({ text: written, facts: { ...facts, author } }, context)
        assert.equal(readNote(body, markers.read(body), gitlabHost), normalise(written))
        const description = composeDescription(
          {
            text: written,
            whose: isAgent ? 'agent' : 'requester',
            files: files.slice(0, count),
            facts: { ...facts, author, kind: 'open' },
          },
          context,
        )
        const read = readDescription(description, markers.read(description))
        assert.equal(read.text, normalise(written))
        assert.deepEqual(
          read.files.map((file) => file.name),
          ['a.pdf', 'b'].slice(0, count),
        )
        assert.deepEqual(extractCommands(description).commands, [])
      }),
      { numRuns: 1500 },
    )
  })

  test('a text over GitLab’s limit is cut, says so and keeps its mark', () => {
    const body = composeNote(
      { text: '@carla 😀'.repeat(300_000), facts: { ...facts, author: 'requester' } },
      context,
    )
    assert.ok([...body].length <= limits.note)
    assert.ok([...body].length > limits.note * 0.9)
    const found = markers.read(body)
    assert.ok(found)
    assert.match(
      readNote(body, found, gitlabHost),
      /\(This text was longer than GitLab takes\. This is its beginning\.\)$/,
    )
  })

  test('a name that would be a command, HTML or a mention is only a name', () => {
    for (const authorName of ['/close', '<!-- x', '@all', 'Bruno\n/close', '']) {
      const body = composeNote({ text: 'hello', facts: { ...facts, authorName } }, context)
      assert.deepEqual(acted(body), nothing, body)
      assert.equal(readNote(body, markers.read(body), gitlabHost), 'hello')
    }
  })

  test('a file name is only a name', () => {
    assert.equal(safeFileName('../../etc/passwd'), 'passwd')
    assert.equal(safeFileName('C:\\Ana\\Übersicht #12 @all.pdf'), 'Übersicht-12-all.pdf')
    assert.equal(safeFileName('.\n'), 'file')
    assert.equal(safeFileName(`${'x'.repeat(300)}.png`), `${'x'.repeat(80)}.png`)
    assert.equal(
      fileLink('click @all', '/uploads/0123456789abcdef0123456789abcdef/a.pdf'),
      '[a.pdf](/uploads/0123456789abcdef0123456789abcdef/a.pdf)',
    )
  })
})

describe('a picture in a mail', () => {
  const first = '![screen](/uploads/0123456789abcdef0123456789abcdef/screen.png)'
  const second = '[log.txt](/uploads/fedcba9876543210fedcba9876543210/log.txt)'
  const compose = (text: string) =>
    composeNote(
      {
        text,
        files: [first, second],
        facts: { kind: 'reply', operation: '0192f7a0-0000-7000-8000-000000000001', author: 'requester' },
      },
      context,
    )

  test('stands where it stood, and the other files below the text', () => {
    const note = compose('It looks so: ![my screen](cid:1) Help!')
    assert.ok(note.includes('![my screen](/uploads/0123456789abcdef0123456789abcdef/screen.png) Help!'))
    assert.ok(note.includes(`\n\n${second}\n\n`))
    assert.ok(!note.includes(first))
  })

  test('that was not taken over stays a name', () => {
    assert.ok(compose('Here: ![logo](cid:7)').includes('![logo](cid:7)'))
  })

  test('is a file of its ticket again after a rebuild', () => {
    const found = context.markers.read(compose('It looks so: ![my screen](cid:1)'))
    assert.deepEqual(
      filesOfNote(found).map(({ path }) => path),
      [
        '/uploads/0123456789abcdef0123456789abcdef/screen.png',
        '/uploads/fedcba9876543210fedcba9876543210/log.txt',
      ],
    )
  })
})
