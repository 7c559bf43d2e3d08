// The words of the desk's mails: Markdown files with EJS, one for each notice and language, ours or the
// desk's own. From each come a subject, a text that reads well as it is, and the same as plain HTML.
// All of them are tried out when Belay starts, so that a mistake shows then and not in somebody's mail.

import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'
import ejs from 'ejs'
import MarkdownIt from 'markdown-it'
import sanitizeHtml from 'sanitize-html'
import type { MailName } from '../../application/mail-ports.ts'
import type { Desk } from '../../domain/desk.ts'
import { levelName } from '../../domain/level.ts'
import { replyDelimiter } from '../../domain/mail-token.ts'
import type { NoticeKind } from '../../domain/operation.ts'
import { targetSentence } from '../../domain/target-notice.ts'
import type { Language } from '../../domain/ticket.ts'

export const notices = [
  'received',
  'reply',
  'resolved',
  'reopened',
  'link',
  'escalated',
  'handed-back',
  'assigned',
  'target-approaching',
  'target-missed',
] as const satisfies readonly NoticeKind[]

/** Notices, and the mail that proves an address: it is about no ticket. */
export const mailNames = [...notices, 'sign-in'] as const satisfies readonly MailName[]

export const languages = ['en', 'de'] as const satisfies readonly Language[]

/** What templates can use; docs/mail.md lists them. Never undefined: what there is none of is '', 0 or empty. */
export type NoticeValues = {
  readonly number: number
  /** '' in `received` and `link`, which repeat nothing that was sent to us. */
  readonly title: string
  /** Of the person it goes to; '' in those two. */
  readonly name: string
  /** The agent whose words or deed it is; '' where it is nobody's. */
  readonly author: string
  /** Markdown: the reply, the answer, the reason. */
  readonly text: string
  /** Name of the level the ticket is at. */
  readonly level: string
  /** The ticket's page, of the person it goes to. */
  readonly link: string
  /** The first page of the desk. */
  readonly deskLink: string
  /** Name of the desk. */
  readonly desk: string
  /** Whether answers to this mail are read. */
  readonly answerable: boolean
  /** So many days after it was resolved an answer reopens a ticket; 0 = never. */
  readonly days: number
  /** Names of files that come with the mail, and of those that are on the ticket's page only. */
  readonly files: readonly string[]
  readonly otherFiles: readonly string[]
}

export type RenderedNotice = { readonly subject: string; readonly text: string; readonly html: string }

export type MailTemplates = {
  render(notice: MailName, language: Language, values: NoticeValues): RenderedNotice
}

/** One sentence each, naming file and line. */
export class TemplateProblems extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'TemplateProblems'
    this.problems = problems
  }
}

// --- Text --------------------------------------------------------------------------------------

/** Control signs, and those that turn the direction of writing: a name must not rearrange what stands beside it. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]+/gu

/** One line of at most so many UTF-16 units. */
export const oneLine = (text: string, most: number): string => {
  const line = text.toWellFormed().replaceAll(unseen, ' ').replaceAll(/\s+/gu, ' ').trim()
  return line.length <= most ? line : `${line.slice(0, most - 1).replace(/[\ud800-\udbff]$/u, '')}…`
}

const cleanText = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\r\n?/gu, '\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: people paste them
    .replaceAll(/[\0-\x08\x0b-\x1f\x7f]/gu, '')
    .trim()

// --- HTML --------------------------------------------------------------------------------------

const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/gu, (sign) => `&#${sign.codePointAt(0)};`)

/** What a mail shows nothing of but words: a picture would be loaded from elsewhere, and tell who reads. */
const markdown = (linkify: boolean) => {
  const made = new MarkdownIt({ html: false, linkify, breaks: true })
  made.linkify.set({ fuzzyLink: false, fuzzyIP: false })
  made.renderer.rules.image = (tokens, index) => `<em>${escapeHtml(tokens[index]?.content ?? '')}</em>`
  return made
}

const ofPeople = markdown(true)
// Only links a template writes as such: a title must not become one.
const ofTemplates = markdown(false)

const sanitised = (html: string): string =>
  sanitizeHtml(html, {
    allowedTags: [
      ...['p', 'br', 'hr', 'strong', 'em', 's', 'a', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li'],
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
    ],
    allowedAttributes: { a: ['href'], ol: ['start'] },
    allowedSchemes: ['http', 'https', 'mailto'],
    allowProtocolRelative: false,
    transformTags: {
      // Links within GitLab lead nowhere from a mail.
      a: (tagName, { href = '' }): sanitizeHtml.Tag =>
        /^(https?|mailto):/iu.test(href) ? { tagName, attribs: { href } } : { tagName: 'em', attribs: {} },
    },
  })

/** Longer texts (logs, dumps) go as they are: parsing them as Markdown would hold up everybody. */
const longestMarkdown = 60_000

const textHtml = (text: string): string =>
  text.length > longestMarkdown ? `<pre>${escapeHtml(text)}</pre>` : sanitised(ofPeople.render(text)).trim()

/** Each sign that Markdown could take for more than itself. */
const inMarkdown = (text: string): string => text.replaceAll(/[!-/:-@[-`{-~]/gu, '\\$&')

/** No colours, so that it is readable in the dark; nothing that is loaded from anywhere. */
const layout = (language: Language, subject: string, body: string): string =>
  [
    '<!DOCTYPE html>',
    `<html lang="${language}">`,
    `<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escapeHtml(subject)}</title></head>`,
    '<body style="font-family: sans-serif; line-height: 1.5">',
    body,
    '</body>',
    '</html>',
    '',
  ].join('\n')

// --- Files -------------------------------------------------------------------------------------

const valueNames = [
  ...['number', 'title', 'name', 'author', 'text', 'level', 'link', 'deskLink', 'desk'],
  ...['answerable', 'days', 'files', 'otherFiles', 'line'],
]

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n').at(0) ?? ''

/**
 * Where a template is no program: its code alone, everything else blank, read by the engine, which then names
 * the line. EJS itself names none.
 */
const syntaxProblem = (file: string, source: string): string | null => {
  const blank = (text: string) => text.replaceAll(/[^\n]/gu, ' ')
  let code = ''
  let rest = source
  for (;;) {
    const [before = '', opening] = /^([\s\S]*?)(<%[=\-_#%]?|$)/u.exec(rest)?.slice(1) ?? []
    code += blank(before)
    rest = rest.slice(before.length + (opening?.length ?? 0))
    if (!opening) break
    if (opening === '<%%') continue
    const end = /[-_]?%>/u.exec(rest)
    if (!end) return `${file}, line ${code.split('\n').length}: "${opening}" is never closed with "%>".`
    const inside = rest.slice(0, end.index)
    rest = rest.slice(end.index + end[0].length)
    if (opening === '<%#') code += blank(inside)
    else code += opening === '<%' || opening === '<%_' ? `;${inside};` : `;(${inside});`
  }
  try {
    new Script(`(() => {${code}\n})`, { filename: 'template' })
    return null
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? '') : ''
    const line = Number(/^template:(\d+)/u.exec(stack)?.[1] ?? 1)
    const last = source.trimEnd().split('\n').length
    return line > source.split('\n').length
      ? `${file}, line ${last}: something that was opened with "{" or "(" is never closed.`
      : `${file}, line ${line}: ${firstLine(error)}.`
  }
}

type Print = (values: Record<string, unknown>) => string

/** Printed for a person as it is, and as Markdown in which a value can only be words. */
type Template = { readonly file: string; readonly asText: Print; readonly asMarkdown: Print }

const compiled = (file: string, source: string): Template => {
  const problem = syntaxProblem(file, source)
  if (problem) throw new TemplateProblems([problem])
  const printing = (written: (value: string) => string): Print =>
    ejs.compile(source, {
      filename: file,
      strict: true,
      localsName: 'values',
      destructuredLocals: valueNames,
      escape: (value?: unknown) => {
        if (typeof value !== 'string' && typeof value !== 'number') throw new Error('there is no such value')
        return written(String(value))
      },
    })
  return { file, asText: printing(String), asMarkdown: printing(inMarkdown) }
}

const longestSubject = 200
/** Stands for a person's text while the template around it becomes HTML: its Markdown ends where it ends. */
const place = '\ue000'

const subjectLine = /^Subject:[ \t]*(\S.*)\n/u

const rendered = (template: Template, language: Language, values: NoticeValues): RenderedNotice => {
  const line = (text: string, most = 300) => oneLine(text, most)
  const prepared = {
    ...values,
    title: line(values.title),
    name: line(values.name, 100),
    author: line(values.author, 100),
    level: line(values.level, 100),
    desk: line(values.desk, 100),
    files: values.files.map((name) => line(name)),
    otherFiles: values.otherFiles.map((name) => line(name)),
    line: values.answerable ? replyDelimiter[language] : '',
  }
  const words = cleanText(values.text)
  const text = template.asText({ ...prepared, text: words })
  const subject = oneLine(subjectLine.exec(text)?.[1] ?? '', longestSubject)
  if (subject === '')
    throw new TemplateProblems([
      `${template.file}, line 1: the first line must be "Subject: " and the subject.`,
    ])
  const around = template.asMarkdown({ ...prepared, text: words === '' ? '' : place })
  const html = sanitised(ofTemplates.render(around.replace(subjectLine, '')))
    // A paragraph of its own becomes what the text is: paragraphs, lists.
    .replaceAll(new RegExp(`<p>${place}</p>|${place}`, 'gu'), () => textHtml(words))
  return {
    subject,
    text: `${text.replace(subjectLine, '').trim()}\n`,
    html: layout(language, subject, html.trim()),
  }
}

/** EJS says where at the beginning of what it says, and why at its end. */
const printingProblem = (file: string, error: unknown): string => {
  if (error instanceof TemplateProblems) return error.message
  const message = error instanceof Error ? error.message : String(error)
  const line = /:(\d+)\n/u.exec(message)?.[1] ?? '1'
  return `${file}, line ${line}: ${message.trimEnd().split('\n').at(-1)?.trim()}.`
}

/** Values as on a good day, on a bare one, and where nobody can answer: each path through a template is walked. */
const tryOuts = (believable: NoticeValues): readonly NoticeValues[] => [
  believable,
  { ...believable, author: '', text: '', name: '', days: 0, files: [], otherFiles: [] },
  { ...believable, answerable: false, days: 1 },
]

/** Anybody can have these sent to an address that nobody has proven: no word of what was sent to us stands in them. */
export const isUnasked = (notice: MailName): boolean => ['received', 'link', 'sign-in'].includes(notice)

/** These go to agents. */
export const isForAgents = (notice: MailName): boolean =>
  ['escalated', 'handed-back', 'assigned', 'target-approaching', 'target-missed'].includes(notice)

/** What would stand in a mail where the text of a person, or the desk's own sentence, stands. */
const believableText = (notice: MailName, language: Language): string => {
  if (['received', 'reopened', 'link', 'assigned', 'sign-in'].includes(notice)) return ''
  if (notice === 'target-approaching' || notice === 'target-missed')
    return targetSentence(
      {
        kind: 'first_response',
        news: notice === 'target-missed' ? 'missed' : 'approaching',
        due: Date.UTC(2026, 5, 8, 12),
      },
      language,
      { levels: [], timeZone: 'UTC' },
    )
  return language === 'de'
    ? 'Bitte prüfen Sie zuerst das **Kabel**:\n\n1. Stecken Sie es aus.\n2. Stecken Sie es wieder ein.'
    : 'Please look at the **cable** first:\n\n1. Unplug it.\n2. Plug it in again.'
}

/** For trying templates out and showing them. */
export const believableValues = (notice: MailName, language: Language): NoticeValues => ({
  number: 12,
  title: isUnasked(notice)
    ? ''
    : language === 'de'
      ? 'Mein Bildschirm bleibt schwarz'
      : 'My screen stays black',
  name: isUnasked(notice) ? '' : isForAgents(notice) ? 'Carla' : 'Ana',
  // A promise runs out by itself.
  author: isUnasked(notice) || notice.startsWith('target-') ? '' : 'Bruno',
  text: believableText(notice, language),
  level: notice === 'escalated' ? 'Level 2' : 'Level 1',
  link: `https://desk.example/${notice === 'sign-in' ? 'my-tickets/sign-in' : 't'}/abcdefghijklmnopqrstuvwxyz0123456789-_ABCDE`,
  deskLink: 'https://desk.example',
  desk: 'Help desk',
  answerable: true,
  days: 14,
  files: notice === 'reply' ? ['cable.png'] : [],
  otherFiles: [],
})

const day = 86_400_000

/** What each mail would look like on this desk. Throws TemplateProblems. */
export const openMailPreview = (folder: string | null, desk: Desk) => {
  const templates = loadTemplates(folder)
  return {
    notices: mailNames,
    languages,
    render: (notice: MailName, language: Language): RenderedNotice =>
      templates.render(notice, language, {
        ...believableValues(notice, language),
        level: levelName(notice === 'escalated' ? 2 : 1, desk),
        days: Math.floor(desk.mail.reopenWithin / day),
      }),
  }
}

const ownFolder = fileURLToPath(new URL('templates', import.meta.url))

/** `folder`: templates in it take the place of ours, file by file. Throws TemplateProblems, all of them at once. */
export const loadTemplates = (folder: string | null): MailTemplates => {
  const names = languages.flatMap((language) => mailNames.map((notice) => `${language}/${notice}.md.ejs`))
  const problems: string[] = []
  if (folder !== null && !existsSync(folder)) problems.push(`There is no folder ${folder}.`)
  for (const found of folder === null ? [] : globSync('**/*.ejs', { cwd: folder }))
    if (!names.includes(found.replaceAll(path.sep, '/')))
      problems.push(
        `${path.join(folder ?? '', found)} is no template of any mail; such are ${names[0]}, ${names[1]} and the others in docs/mail.md.`,
      )
  const templates = new Map<string, Template>()
  for (const name of names) {
    const theirs = folder === null ? null : path.join(folder, name)
    const file = theirs !== null && existsSync(theirs) ? theirs : path.join(ownFolder, name)
    const [language, notice] = name.replace('.md.ejs', '').split('/') as [Language, MailName]
    try {
      const template = compiled(file, readFileSync(file, 'utf8').replaceAll('\r\n', '\n'))
      for (const values of tryOuts(believableValues(notice, language))) rendered(template, language, values)
      templates.set(name, template)
    } catch (error) {
      problems.push(printingProblem(file, error))
    }
  }
  if (problems.length > 0) throw new TemplateProblems(problems)
  return {
    render: (notice, language, values) => {
      const template = templates.get(`${language}/${notice}.md.ejs`)
      if (!template) throw new RangeError(`there is no template for ${notice} in ${language}`)
      // Whatever a template asks for: what was sent to us is not repeated to an address nobody has proven.
      const told = isUnasked(notice)
        ? { ...values, title: '', name: '', author: '', text: '', files: [], otherFiles: [] }
        : values
      return rendered(template, language, told)
    },
  }
}
