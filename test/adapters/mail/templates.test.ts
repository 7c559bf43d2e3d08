// Proves that the words of the desk's mails are whole in both languages, that nothing a person wrote can
// be more than their words in them, and that a broken template is found at the start and named.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { NoticeValues } from '../../../src/adapters/mail/templates.ts'
import {
  believableValues,
  languages,
  loadTemplates,
  notices,
  oneLine,
  openMailPreview,
  TemplateProblems,
} from '../../../src/adapters/mail/templates.ts'
import { previewMail } from '../../../src/commands/preview-mail.ts'
import { replyDelimiter } from '../../../src/domain/mail-token.ts'
import { aDesk } from '../../support/tickets.ts'

const ours = loadTemplates(null)

const folderWith = (t: TestContext, files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'belay-templates-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
  return folder
}

const problemsOf = (t: TestContext, files: Readonly<Record<string, string>>): string[] => {
  const folder = folderWith(t, files)
  try {
    loadTemplates(folder)
    return []
  } catch (error) {
    assert.ok(error instanceof TemplateProblems)
    return error.problems.map((problem) => problem.replace(`${folder}${path.sep}`, ''))
  }
}

const reply = (changes: Partial<NoticeValues>) =>
  ours.render('reply', 'en', { ...believableValues('reply', 'en'), ...changes })

describe('our templates', () => {
  for (const language of languages)
    for (const notice of notices)
      test(`${notice} in ${language} says the number and where to go on`, () => {
        const { subject, text, html } = ours.render(notice, language, believableValues(notice, language))
        assert.match(subject, /#12/)
        for (const part of [text, html]) {
          assert.match(part, /#12/)
          assert.match(part, /https:\/\/desk\.example\/t\//)
          assert.doesNotMatch(part, /<%|%>|undefined|null|\ue000/)
        }
        // Nothing that comes from elsewhere, and no picture that tells who reads.
        assert.doesNotMatch(html, /<(img|script|link|style|iframe|object)\b|url\(/i)
        assert.doesNotMatch(html, /color:|background/i)
        assert.match(html, new RegExp(`<html lang="${language}">`))
        assert.doesNotMatch(text, /\n{4}/)
      })

  test('have the same notices in both languages, and other words', () => {
    for (const notice of notices) {
      const [en, de] = languages.map((language) =>
        ours.render(notice, language, { ...believableValues(notice, 'en'), text: '' }),
      )
      assert.notEqual(en?.text, de?.text)
    }
  })

  test('of a reply begin with the line above which to answer', () => {
    for (const language of languages) {
      const { text, html } = ours.render('reply', language, believableValues('reply', language))
      assert.ok(text.startsWith(`${replyDelimiter[language]}\n`))
      assert.match(html, new RegExp(`<body[^>]*>\\n<p>${replyDelimiter[language]}</p>`))
    }
  })

  test('of an acknowledgement do not have a title, a text or a name, whatever they are given', () => {
    for (const language of languages) {
      const submitted = {
        ...believableValues('reply', language),
        title: 'Qtitle',
        text: 'Qtext',
        name: 'Qname',
        author: 'Qauthor',
        files: ['Qfile'],
        otherFiles: ['Qother'],
      }
      const { subject, text, html } = ours.render('received', language, submitted)
      assert.doesNotMatch(subject + text + html, /Q[a-z]/)
    }
  })

  test('of a resolution say how long an answer reopens, and nothing of it where it never does', () => {
    const resolved = (days: number, answerable = true) =>
      ours.render('resolved', 'en', { ...believableValues('resolved', 'en'), days, answerable }).text
    assert.match(resolved(14), /within 14 days/)
    assert.match(resolved(1), /within one day/)
    assert.doesNotMatch(resolved(0), /within|open again/)
    assert.doesNotMatch(resolved(14, false), /Answer this mail/)
  })

  test('of agents’ notices ask not to be answered', () => {
    for (const notice of [
      'escalated',
      'handed-back',
      'assigned',
      'target-approaching',
      'target-missed',
    ] as const) {
      assert.match(
        ours.render(notice, 'en', believableValues(notice, 'en')).text,
        /do not answer.+\n<https:\/\/desk\.example\/notices>/,
      )
      assert.match(ours.render(notice, 'de', believableValues(notice, 'de')).text, /antworten Sie nicht/)
    }
  })
})

describe('what a person wrote', () => {
  test('is Markdown in the text and rendered in the HTML', () => {
    const { text, html } = reply({ text: 'A **word**\n\n- one\n- two\n\nhttps://a.example/b' })
    assert.match(text, /A \*\*word\*\*\n\n- one\n- two\n/)
    assert.match(html, /<strong>word<\/strong>/)
    assert.match(html, /<ul>\n<li>one<\/li>/)
    assert.match(html, /<a href="https:\/\/a\.example\/b">/)
  })

  test('loads nothing, runs nothing and leads nowhere but to the web', () => {
    const { html } = reply({
      text: [
        '<script>alert(1)</script> <img src=x onerror=alert(1)>',
        '![picture](https://evil.example/pixel.png)',
        '[run](javascript:alert(1)) [file](/uploads/a/b.png) [data](data:text/html,x)',
      ].join('\n\n'),
    })
    assert.doesNotMatch(html, /<script|<img|onerror=(?!alert\(1\)&gt;)|pixel\.png|href="(javascript|data|\/)/)
    assert.match(html, /<em>picture<\/em>/)
  })

  test('ends where it ends: what is not closed in it takes nothing of the mail along', () => {
    for (const text of [
      '```\nnever closed',
      '<!-- never closed',
      '[never closed](',
      '> quoted',
      '    indented',
      '<div>',
    ]) {
      const { html } = reply({ text })
      assert.match(html, /<p>Answer this mail, or write on the page of your request:<br \/>\n<a href=/, text)
    }
  })

  test('keeps dollar signs and what looks like our own marks', () => {
    const { html, text } = reply({ text: "$& $1 $' <%= number %> \\ue000 \ue000" })
    assert.match(html, /\$&amp; \$1 \$' &lt;%= number %&gt;/)
    assert.match(text, /\$& \$1 \$' <%= number %>/)
  })

  test('of any length is rendered in time, and too long a text as it is', () => {
    const { html } = reply({ text: '*a _b '.repeat(20_000) })
    assert.match(html, /<pre>\*a _b/)
  })

  test('as a name or a title is words and never markup, a link or a second line', () => {
    const evil = [
      '**bold**',
      '[a](http://evil.example)',
      'http://evil.example',
      '<b>b</b>',
      '&lt;',
      '# h',
      '`c`',
      '1. x',
      '- x',
    ]
    for (const name of evil) {
      const { html, text } = reply({ author: name, files: [name] })
      const body = html.slice(html.indexOf('<body'))
      assert.equal(body.match(/<(?!\/|body|p>|br|a href="https:\/\/desk|ol>|li>|strong>cable)/g), null, body)
      assert.ok(text.includes(`${name} answers your request`), text)
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (title) => {
        const { subject, html } = reply({ title })
        assert.doesNotMatch(subject, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        assert.ok(subject.length <= 200)
        assert.ok(subject.isWellFormed())
        assert.equal(html.split('<body').length, 2)
      }),
    )
  })

  test('that is too long for a line is cut at a whole sign', () => {
    assert.equal(oneLine('abcdef', 4), 'abc…')
    assert.equal(oneLine('ab😀cd', 4), 'ab…')
    assert.equal(oneLine(' a\r\n\tb\u202ec ', 9), 'a b c')
  })
})

describe('a desk with templates of its own', () => {
  test('uses them file by file, with Windows line ends too', (t) => {
    const folder = folderWith(t, {
      'de/reply.md.ejs': 'Subject: Neu #<%= number %>\r\n\r\nHallo *<%= name %>*\r\n',
    })
    const templates = loadTemplates(folder)
    const { subject, text, html } = templates.render('reply', 'de', believableValues('reply', 'de'))
    assert.deepEqual([subject, text], ['Neu #12', 'Hallo *Ana*\n'])
    assert.match(html, /<p>Hallo <em>Ana<\/em><\/p>/)
    assert.equal(
      templates.render('reply', 'en', believableValues('reply', 'en')).text,
      ours.render('reply', 'en', believableValues('reply', 'en')).text,
    )
  })

  test('cannot make an acknowledgement repeat what was sent', (t) => {
    const folder = folderWith(t, {
      'en/received.md.ejs':
        'Subject: <%= number %> <%= title %>\n\n<%= name %> <%- text %> <%= files.join() %>\n',
    })
    const { subject, text } = loadTemplates(folder).render('received', 'en', believableValues('reply', 'en'))
    assert.equal(subject, '12')
    assert.equal(text.trim(), '')
  })

  for (const [what, file, problem] of [
    ['a value there is not', 'Subject: a\n\nb\n<%= nmae %>\n', 'line 4: nmae is not defined.'],
    ['a part of a value there is not', 'Subject: a\n\n<%= desk.nmae %>\n', 'line 3: there is no such value.'],
    [
      'a value only missing on bare days',
      'Subject: a\n\n\n<% if (!text) { %><%= nmae %><% } %>\n',
      'line 4: nmae is not defined.',
    ],
    ['a tag that is not closed', 'Subject: a\n\n<%= number\n', 'line 3: "<%=" is never closed with "%>".'],
    [
      'wrong syntax',
      'Subject: a\n\n<%# note\n %>\n<% if (text { %>\n<% } %>\n',
      "line 5: Unexpected token '{'.",
    ],
    ['wrong syntax in a value', 'Subject: a\n\n<%% x %>\n<%= number + %>\n', "line 4: Unexpected token ')'."],
    [
      'a brace that is not closed',
      'Subject: a\n\n<% if (text) { %>\nb\n',
      'line 4: something that was opened with "{" or "(" is never closed.',
    ],
    ['no subject', 'Hello\n', 'line 1: the first line must be "Subject: " and the subject.'],
    [
      'an empty subject',
      'Subject: \n\nHello\n',
      'line 1: the first line must be "Subject: " and the subject.',
    ],
    [
      'a subject that can be empty',
      'Subject: <%= name %>\n\nHello\n',
      'line 1: the first line must be "Subject: " and the subject.',
    ],
  ] as const)
    test(`hears at the start of ${what}`, (t) => {
      assert.deepEqual(problemsOf(t, { 'en/reply.md.ejs': file }), [
        `en/reply.md.ejs, ${problem}`.replace('/', path.sep),
      ])
    })

  test('hears of all mistakes at once, and of a file that no mail is made of', (t) => {
    const found = problemsOf(t, {
      'en/reply.md.ejs': '',
      'de/resolved.md.ejs': 'x',
      'en/recieved.md.ejs': 'Subject: a\n\nb',
      'README.md': 'ours',
    })
    assert.equal(found.length, 3)
    assert.ok(found.some((problem) => problem.startsWith(path.join('en', 'recieved.md.ejs'))))
    assert.throws(() => loadTemplates(path.join(tmpdir(), 'belay-no-such-folder')), TemplateProblems)
  })
})

describe('the preview', () => {
  const shown = (options: Partial<Parameters<typeof previewMail>[0]>, folder: string | null = null) => {
    const out: string[] = []
    const problem = previewMail(
      { notice: null, language: 'en', html: false, ...options },
      { ...openMailPreview(folder, aDesk()), stdout: { write: (text) => out.push(text) } },
    )
    return { out: out.join(''), problem }
  }

  test('shows all mails of a language, with the desk’s own levels and days', () => {
    const { out, problem } = shown({ language: 'de' })
    assert.equal(problem, null)
    for (const notice of notices) assert.ok(out.includes(`==== ${notice} ====\nSubject: `), notice)
    assert.match(out, /innerhalb von 14 Tagen/)
    assert.match(out, /jetzt bei Level 2/)
  })

  test('shows one of them, as text or as a page', (t) => {
    const folder = folderWith(t, { 'en/reply.md.ejs': 'Subject: Ours\n\nOur **words**\n' })
    assert.equal(
      shown({ notice: 'reply' }, folder).out,
      '==== reply ====\nSubject: Ours\n\nOur **words**\n\n',
    )
    assert.match(
      shown({ notice: 'reply', html: true }, folder).out,
      /^<!DOCTYPE html>[\s\S]*<strong>words<\/strong>/,
    )
  })

  test('says what there is when asked for what there is not', () => {
    assert.match(
      shown({ notice: 'recieved' }).problem ?? '',
      /There is no notice "recieved"; there are received, /,
    )
    assert.match(shown({ language: 'fr' }).problem ?? '', /en, de/)
  })
})
