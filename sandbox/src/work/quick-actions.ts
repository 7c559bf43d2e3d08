/** Finds quick actions in a text. What they do is in `commands.ts`. */

export type Command = { name: string; argument: string }

/** Commands GitLab knows, also those that do nothing here: each of them vanishes from the text. */
const known = new Set(
  `add_contacts add_email approve assign assign_reviewer award blocked_by blocks board_move cc clear_health_status
  clear_weight clone close confidential convert_to_ticket copy_metadata create_merge_request done draft due duplicate
  epic estimate health_status iteration label labels link lock merge milestone move page promote promote_to
  promote_to_incident publish react reassign reassign_reviewer rebase ready relabel relate remove_child
  remove_contacts remove_due_date remove_email remove_estimate remove_iteration remove_label remove_milestone
  remove_parent remove_time_estimate remove_time_spent remove_zoom reopen request_changes request_review set_parent
  severity shrug spend spend_time spent subscribe submit_review tableflip target_branch time_estimate timeline title
  todo type unapprove unassign unassign_reviewer unlabel unlink unlock unsubscribe weight zoom`
    .split(/\s+/)
    .map((name) => name.trim()),
)

/** A command with its place in the text; `end` is behind its line break. */
type Found = Command & { start: number; end: number; written: string }

/**
 * One pass over the text, as lib/gitlab/quick_actions/extractor.rb does it: whatever stands in a closed fence, an
 * HTML block, a `>>>` quote or inline code over several lines is skipped; a fence that is never closed protects
 * nothing. A command is `/` as the first character of a line and a known name. Each search for an end goes on where
 * the last one stopped: a stranger's megabyte of openings must not hold everybody up.
 */
function* commandsIn(text: string): Generator<Found> {
  const fenceEnds = lineStarts(text, /^(`{3,}|~{3,})[ \t]*$/gm)
  const htmlEnds = lineStarts(text, /^<\/[^>\n]+>[ \t]*$/gm).get('') ?? []
  const quoteEnds = lineStarts(text, /^>>>[ \t]*$/gm).get('') ?? []
  const behindComment = endFinder(text, '-->')
  const candidates = /^(?:`{3,}|~{3,}|<|>>>|\/)|<!--|`+/gm
  for (let match = candidates.exec(text); match; match = candidates.exec(text)) {
    const start = match.index
    const first = start === 0 || text[start - 1] === '\n'
    const skipped = first
      ? (behindFence(text, start, fenceEnds) ??
        behindBlock(text, start, /<[^>\n]+>[ \t]*\n/y, htmlEnds) ??
        (text.startsWith('<!--', start) ? behindComment(start + 4) : undefined) ??
        behindBlock(text, start, />>>[ \t]*\n/y, quoteEnds) ??
        behindInline(text, start))
      : text.startsWith('<!--', start)
        ? behindComment(start + 4)
        : behindInline(text, start)
    if (skipped !== undefined) {
      candidates.lastIndex = skipped
      continue
    }
    const command = first ? commandAt(text, start) : undefined
    candidates.lastIndex = command?.end ?? Math.max(start + 1, candidates.lastIndex)
    if (command) yield command
  }
}

/** Where lines of a kind begin, by the group of the pattern; each list is used up from its front. */
function lineStarts(text: string, pattern: RegExp): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const match of text.matchAll(pattern)) {
    const key = match[1] ?? ''
    const list = found.get(key) ?? []
    list.push(match.index)
    found.set(key, list)
  }
  for (const list of found.values()) list.reverse()
  return found
}

/** The end of the first listed line that begins at `from` or behind it. */
function lineEndFrom(text: string, starts: number[] | undefined, from: number): number | undefined {
  if (!starts) return undefined
  while ((starts.at(-1) ?? from) < from) starts.pop()
  const start = starts.at(-1)
  if (start === undefined) return undefined
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}

/** A fence ends with a line of as many signs; if there is none, of fewer, down to three. */
function behindFence(text: string, start: number, ends: Map<string, number[]>): number | undefined {
  const sign = text[start]
  if (sign !== '`' && sign !== '~') return undefined
  let run = 0
  while (text[start + run] === sign) run++
  const body = text.indexOf('\n', start) + 1
  if (run < 3 || body === 0) return undefined
  const lengths = [...ends.keys()].filter((key) => key[0] === sign && key.length <= run)
  for (const key of lengths.sort((a, b) => b.length - a.length)) {
    const end = lineEndFrom(text, ends.get(key), body)
    if (end !== undefined) return end
  }
  return undefined
}

/** An HTML block or a quote holds at least one line. */
function behindBlock(text: string, start: number, opening: RegExp, ends: number[]): number | undefined {
  opening.lastIndex = start
  return opening.test(text) ? lineEndFrom(text, ends, opening.lastIndex + 2) : undefined
}

/** Code between two single backticks. */
function behindInline(text: string, start: number): number | undefined {
  if (text[start] !== '`' || text[start - 1] === '`' || text[start + 1] === '`') return undefined
  const end = text.indexOf('`', start + 1)
  return end < 0 || text[end + 1] === '`' ? undefined : end + 1
}

function endFinder(text: string, sign: string): (from: number) => number | undefined {
  let none = false
  return (from) => {
    const at = none ? -1 : text.indexOf(sign, from)
    none = at < 0
    return none ? undefined : at + sign.length
  }
}

function commandAt(text: string, start: number): Found | undefined {
  const line = /\/([a-z_]+)(?:[ \t]+([^\n]*))?[ \t]*(?:\n|$)/iy
  line.lastIndex = start
  const [written, name = '', argument = ''] = line.exec(text) ?? []
  if (written === undefined || !known.has(name.toLowerCase())) return undefined
  return {
    name: name.toLowerCase(),
    argument: argument.trim(),
    start,
    end: start + written.length,
    written: `/${[name, argument.trim()].filter((part) => part !== '').join(' ')}`,
  }
}

/** The text with something else in place of each command. */
function replaceCommands(text: string, found: readonly Found[], other: (command: Found) => string): string {
  let at = 0
  let result = ''
  for (const command of found) {
    result += text.slice(at, command.start) + other(command)
    at = command.end
  }
  return result + text.slice(at)
}

/** Puts each command into a code span, as GitLab does with mail: support-bot runs nothing (`redact_commands`). */
export function redactCommands(source: string): string {
  const text = source.replaceAll('\r', '')
  return replaceCommands(
    text,
    [...commandsIn(text)],
    ({ written, end }) => `\`${written}\`${text[end - 1] === '\n' ? '\n' : ''}`,
  ).trimEnd()
}

export function extractCommands(source: string): { text: string; commands: Command[] } {
  if (!/^\//m.test(source)) return { text: source, commands: [] }
  const text = source.replaceAll('\r', '')
  const found = [...commandsIn(text)]
  if (found.length === 0) return { text: source, commands: [] }
  return {
    text: replaceCommands(text, found, () => '').trim(),
    commands: found.map(({ name, argument }) => ({ name, argument })),
  }
}
