import MarkdownIt from 'markdown-it'

/** Whom and what a text names, the way GitLab's reference filters read it. */
export type References = {
  users: string[]
  /** Named at the very start of the text: GitLab calls that being addressed directly. */
  addressed: string[]
  all: boolean
  issues: { project: string | undefined; iid: number }[]
  mergeRequests: { project: string | undefined; iid: number }[]
  commits: string[]
}

// `text_join` would glue an escaped character back to its text: `\@ana` must stay apart from `@ana`.
const markdown = new MarkdownIt({ html: true, linkify: false }).disable('text_join')

/** A character that is neither word nor blank, so that nothing joins across what was taken out. */
const gap = '\ufffc'

/** The parts of Markdown in which GitLab looks for references: no code, no comments, nothing escaped. */
export function readableText(source: string): string {
  const parts: string[] = []
  for (const block of markdown.parse(source, {})) {
    if (block.type === 'html_block') parts.push(withoutTags(block.content))
    if (block.type !== 'inline') continue
    for (const token of block.children ?? []) {
      if (token.type === 'text') parts.push(token.content)
      else if (token.type === 'softbreak' || token.type === 'hardbreak') parts.push('\n')
      else if (token.type === 'link_open') parts.push(`${gap} ${token.attrGet('href') ?? ''} ${gap}`)
      else parts.push(gap)
    }
    parts.push('\n')
  }
  return parts.join('')
}

function withoutTags(html: string): string {
  return html.replace(/<!--[\s\S]*?(-->|$)/g, gap).replace(/<[^>]*>/g, gap)
}

/** Without any of these nothing can be named, not even by an entity: most texts need not be parsed. */
const mayName = /[@#!&]|GL-|https?:|[0-9a-f]{7}/i

/**
 * Reads a title and a Markdown text. Titles go through the single-line pipeline, which knows no Markdown: a code
 * span or a backslash protects nothing there.
 */
export function findReferences(site: string, title: string, text: string): References {
  const found: References = {
    users: [],
    addressed: [],
    all: false,
    issues: [],
    mergeRequests: [],
    commits: [],
  }
  if (!mayName.test(title) && !mayName.test(text)) return found
  scan(site, title, found)
  const readable = readableText(text)
  scan(site, readable, found)
  const start = /^\s*((?:@[\w.-]+[\s,]*(?:and\s+)?)+)/.exec(readable)?.[1] ?? ''
  for (const [, name = ''] of start.matchAll(/@([\w.-]+)/g)) found.addressed.push(trimName(name))
  return found
}

function scan(site: string, source: string, found: References): void {
  const rest = source.replace(/\bhttps?:\/\/[^\s\ufffc<>"']+/g, (url) => {
    const target = /^\/([\w./-]+?)(?:\/-)?\/(issues|work_items|merge_requests)\/(\d+)/.exec(
      url.startsWith(`${site}/`) ? url.slice(site.length) : '',
    )
    const [, project, kind, number] = target ?? []
    if (project && kind && number) {
      const list = kind === 'merge_requests' ? found.mergeRequests : found.issues
      list.push({ project, iid: Number(number) })
    }
    const sha = url.startsWith(`${site}/`) ? /\/commit\/([0-9a-f]{7,40})\b/.exec(url)?.[1] : undefined
    if (sha) found.commits.push(sha)
    return gap
  })
  for (const [, name = ''] of rest.matchAll(/(?<!\w)@(\w[\w.-]*)/g)) {
    if (name === 'all') found.all = true
    else found.users.push(trimName(name))
  }
  for (const [, project, number] of rest.matchAll(/(?<![\w/.-])([\w][\w.-]*(?:\/[\w.-]+)*)?#(\d+)(?!\w)/g)) {
    found.issues.push({ project, iid: Number(number) })
  }
  for (const [, number] of rest.matchAll(/(?<!\w)GL-(\d+)(?!\w)/g)) {
    found.issues.push({ project: undefined, iid: Number(number) })
  }
  for (const [, project, number] of rest.matchAll(/(?<![\w/.-])([\w][\w.-]*(?:\/[\w.-]+)*)?!(\d+)(?!\w)/g)) {
    found.mergeRequests.push({ project, iid: Number(number) })
  }
  for (const [, sha = ''] of rest.matchAll(/(?<![\w/#@.-])([0-9a-f]{7,40})(?!\w)/g)) found.commits.push(sha)
}

const trimName = (name: string) => name.replace(/[.-]+$/, '').toLowerCase()
