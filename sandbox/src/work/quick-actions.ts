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

/**
 * One pass over the text, as lib/gitlab/quick_actions/extractor.rb does it: whatever stands in a closed fence, an
 * HTML block, a `>>>` quote or inline code over several lines is skipped; a fence that is never closed protects
 * nothing. A command is `/` as the first character of a line and a known name.
 */
const pieces = new RegExp(
  [
    '(?<code>^(?<fence>`{3,}|~{3,})[^\\n]*\\n(?:[\\s\\S]*?\\n)?\\k<fence>[ \\t]*$)',
    '(?<html>^<[^>\\n]+?>[ \\t]*\\n[\\s\\S]+?\\n</[^>\\n]+?>[ \\t]*$)',
    '(?<comment><!--[\\s\\S]*?-->)',
    '(?<quote>^>>>[ \\t]*\\n[\\s\\S]+?\\n>>>[ \\t]*$)',
    '(?<inline>(?<!`)`(?!`)[^`]+?`(?!`))',
    '(?<command>^/(?<name>[a-z_]+)(?:[ \\t]+(?<argument>[^\\n]*))?[ \\t]*$\\n?)',
  ].join('|'),
  'gim',
)

/** Puts each command into a code span, as GitLab does with mail: support-bot runs nothing (`redact_commands`). */
export function redactCommands(source: string): string {
  return source
    .replaceAll('\r', '')
    .replace(pieces, (whole: string, ...rest: unknown[]) => {
      const { name, argument, command } = rest.at(-1) as Record<string, string | undefined>
      if (command === undefined || name === undefined || !known.has(name.toLowerCase())) return whole
      return `\`/${[name, argument?.trim()].filter(Boolean).join(' ')}\`${whole.endsWith('\n') ? '\n' : ''}`
    })
    .trimEnd()
}

export function extractCommands(source: string): { text: string; commands: Command[] } {
  if (!/^\//m.test(source)) return { text: source, commands: [] }
  const commands: Command[] = []
  const text = source.replaceAll('\r\n', '\n').replace(pieces, (whole: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string | undefined>
    const name = groups.name?.toLowerCase()
    if (groups.command === undefined || name === undefined || !known.has(name)) return whole
    commands.push({ name, argument: (groups.argument ?? '').trim() })
    return ''
  })
  return commands.length === 0 ? { text: source, commands } : { text: text.trim(), commands }
}
