// What our issues and notes look like in GitLab, and how to read them back. A description is the
// requester's text, links to the files, our mark. A note is its author's name, because GitLab
// shows our bot as the author of everything, then the text, then our mark.

import { type Armour, arm, armLine, disarm, fenceToClose, normalise } from './armour.ts'
import type { MarkerFacts, Markers, ReadMarker } from './markers.ts'

export { arm, disarm, normalise } from './armour.ts'

/** GitLab's limits, in characters (code points). */
export const limits = { title: 255, description: 1_048_576, note: 1_000_000 } as const

const tooLong = '(This text was longer than GitLab takes. This is its beginning.)'

const codePoints = (text: string): number => {
  let count = text.length
  for (let index = 0; index < text.length - 1; index++) {
    const unit = text.charCodeAt(index)
    const next = text.charCodeAt(index + 1)
    if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) count--
  }
  return count
}

/** At most `length` UTF-16 units, never half a character. */
const cut = (text: string, length: number): string =>
  text
    .slice(0, Math.max(0, length))
    .toWellFormed()
    .replace(/\ufffd$/, '')

/** `make` may lengthen the text: shortened until the result fits. */
const fitted = (text: string, limit: number, ending: string, make: (text: string) => string): string => {
  const whole = make(text)
  if (codePoints(whole) <= limit) return whole
  let length = text.length
  for (;;) {
    const made = make(`${cut(text, length)}${ending}`)
    const over = codePoints(made) - limit
    if (over <= 0) return made
    if (length <= 0) return make(ending)
    length = Math.floor(Math.min(length - over / 2 - 1, length * (limit / (limit + over))))
  }
}

/** 255 characters at most, on one line, inert; never empty, since GitLab refuses that. */
export const armTitle = (title: string, gitlabHost: string): string => {
  const armed = fitted(title, limits.title, '…', (text) => armLine(text, gitlabHost))
  return armed === '' ? 'Untitled' : armed
}

export const disarmTitle = (title: string): string => disarm(title)

/** Where the name of an agent stands before the text; of requesters it stands nowhere in clear. */
const headOf = (author: MarkerFacts['author'], name: string | null, gitlabHost: string): string | null => {
  if (author === 'requester') return 'Requester:'
  if (author === 'desk') return 'Belay:'
  if (name === null) return null
  const plain = armLine(cut(name.replace(/[<>]/g, ''), 100), gitlabHost)
  return plain === '' ? null : `${plain}:`
}

/** `![name](cid:2)`: the second of the files that travel with the text, shown where it stood. */
const pictureIn = /\]\(cid:([1-9]\d?)\)/gu

/** Its path in GitLab's Markdown of it. */
const pathIn = (file: string): string | undefined => /\]\((\/uploads\/[^\s()]+)\)/u.exec(file)?.[1]

/** With pictures where the text names them, and the files that it names nowhere. */
const withPictures = (armed: string, files: readonly string[]) => {
  const shown = new Set<string>()
  const text = armed.replace(pictureIn, (whole, number: string) => {
    const file = files[Number(number) - 1]
    const path = file === undefined ? undefined : pathIn(file)
    if (file === undefined || path === undefined) return whole
    shown.add(file)
    return `](${path})`
  })
  return { text, files: files.filter((file) => !shown.has(file)) }
}

const composed = (
  text: string,
  options: {
    readonly head: string | null
    readonly whose: Armour['whose']
    readonly gitlabHost: string
    readonly files: readonly string[]
    readonly limit: number
    readonly mark: (more: { readonly closedFence: boolean; readonly files: number }) => string
  },
): string =>
  fitted(text, options.limit, `\n\n${tooLong}`, (plain) => {
    const closing = fenceToClose(plain)
    const { text: armed, files } = withPictures(arm(plain, options), options.files)
    const parts = [
      ...(options.head === null ? [] : [options.head]),
      `${armed}${closing === null ? '' : `\n${closing}`}`,
      ...(files.length === 0 ? [] : [files.join('\n')]),
      options.mark({ closedFence: closing !== null, files: files.length }),
    ]
    return parts.join('\n\n')
  })

export const composeDescription = (
  content: {
    readonly text: string
    readonly whose: Armour['whose']
    /** GitLab's Markdown of each file, one line each. */
    readonly files: readonly string[]
    readonly facts: MarkerFacts
  },
  context: { readonly markers: Markers; readonly gitlabHost: string },
): string =>
  composed(content.text, {
    head: null,
    whose: content.whose,
    gitlabHost: context.gitlabHost,
    files: content.files,
    limit: limits.description,
    mark: (more) => context.markers.write({ ...content.facts, ...more }),
  })

export const composeNote = (
  content: {
    readonly text: string
    /** GitLab's Markdown of each file, one line each. */
    readonly files?: readonly string[]
    /** It carries strangers' words, whoever writes it: they are armed as theirs. */
    readonly quotes?: boolean
    readonly facts: MarkerFacts
  },
  context: { readonly markers: Markers; readonly gitlabHost: string },
): string => {
  const { author, authorName = null } = content.facts
  return composed(content.text, {
    head: headOf(author, authorName, context.gitlabHost),
    whose: author === 'requester' || content.quotes ? 'requester' : 'agent',
    gitlabHost: context.gitlabHost,
    files: content.files ?? [],
    limit: limits.note,
    mark: (more) => context.markers.write({ ...content.facts, ...more }),
  })
}

const unixLines = (text: string): string => text.replace(/\r\n/g, '\n')

const withoutClosing = (text: string, closed: boolean): string =>
  closed ? text.replace(/\n(?:`{3,}|~{3,})$/, '') : text

export type FileLink = { readonly name: string; readonly path: string }

/** The text as it was written, the files it named. Without a mark of ours: as GitLab has it. */
export const readDescription = (
  description: string,
  found: ReadMarker | null,
): { readonly text: string; readonly files: readonly FileLink[] } => {
  if (found === null) return { text: unixLines(description), files: [] }
  const { text, files } = withoutLinks(found)
  return { text: disarm(withoutClosing(text, found.closedFence)), files }
}

const picture = /!\[([^\]\n]*)\]\((\/uploads\/[0-9a-f]{32}\/[^\s()]+)\)/gu

const picturesIn = (text: string): FileLink[] =>
  [...text.matchAll(picture)].map(([, name = '', path = '']) => ({ name, path }))

/**
 * What stands before the links to files, and the files: those of the links and the pictures in the text.
 * Edited by hand, so that the links are none: all of it is text.
 */
const withoutLinks = (found: ReadMarker): { readonly text: string; readonly files: readonly FileLink[] } => {
  const whole = unixLines(found.before)
  if (found.files === 0) return { text: whole, files: picturesIn(whole) }
  const lines = whole.split('\n')
  const files = lines.splice(lines.length - found.files).flatMap((line): FileLink[] => {
    const [, name, path] = /^!?\[([^\]]*)\]\((\/uploads\/[0-9a-f]{32}\/[^\s()]+)\)/.exec(line) ?? []
    return name === undefined || path === undefined ? [] : [{ name, path }]
  })
  const text = lines.join('\n').replace(/\n$/, '')
  return files.length === found.files
    ? { text, files: [...picturesIn(text), ...files] }
    : { text: whole, files: picturesIn(whole) }
}

/** Files that a note of ours was sent with. */
export const filesOfNote = (found: ReadMarker | null): readonly FileLink[] =>
  found === null ? [] : withoutLinks(found).files

/** Links to files stay in it: they tell which text they came with. */
export const readNote = (body: string, found: ReadMarker | null, gitlabHost: string): string => {
  if (found === null) return unixLines(body)
  const text = withoutClosing(unixLines(found.before), found.closedFence)
  const head = headOf(found.marker.author, found.marker.authorName, gitlabHost)
  return disarm(head !== null && text.startsWith(`${head}\n\n`) ? text.slice(head.length + 2) : text)
}

/** A link to an uploaded file in a shape we can read back; GitLab's own Markdown where it has it. */
export const fileLink = (markdown: string, path: string): string => {
  const own = /^!?\[[^\]\n]*\]\(\/uploads\/[0-9a-f]{32}\/[^\s()]+\)(?:\{[^}\n]*\})?$/
  if (own.test(markdown.trim())) return markdown.trim()
  return `[${path.split('/').at(-1) ?? 'file'}](${path})`
}

/** A file name that is only a name: no path, no signs that mean something in Markdown, a URL or a shell. */
export const safeFileName = (name: string): string => {
  const base = normalise(name).split(/[\\/]/).at(-1) ?? ''
  const plain = base
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
  const dot = plain.lastIndexOf('.')
  const extension = dot > 0 && plain.length - dot <= 12 ? plain.slice(dot) : ''
  const stem = cut(extension === '' ? plain : plain.slice(0, dot), 80)
  return stem === '' ? `file${extension}` : `${stem}${extension}`
}
