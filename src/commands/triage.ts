// `belay triage`: adds the category labels that titles ask for, and says what it did in a few
// calm lines, or as JSON for a schedule.

import { SingleBar } from 'cli-progress'
import { GatewayError } from '../application/gateway-error.ts'
import type { Clock } from '../application/ports.ts'
import type {
  TriageBoard,
  TriageOptions,
  TriageProgress,
  TriageReport,
} from '../application/triage-issues.ts'
import { triageIssues } from '../application/triage-issues.ts'
import type { Desk } from '../domain/desk.ts'

export type TriageParts = {
  readonly board: TriageBoard
  readonly desk: Desk
  readonly clock: Clock
  readonly stdout: { write(text: string): unknown }
  /** A terminal gets a progress bar. */
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`

const lines = (items: readonly { readonly iid: number; readonly says: string }[]): string[] => {
  const width = Math.max(0, ...items.map(({ iid }) => String(iid).length)) + 1
  return items.map(({ iid, says }) => `  ${`#${iid}`.padEnd(width)}  ${says}`)
}

/** The report in English, a line each. */
export const triageInWords = (report: TriageReport, options: TriageOptions): string => {
  const { read, labelsMade, changed, ambiguous, failed } = report
  const what = options.serviceDeskOnly ? 'open Service Desk issue' : 'open issue'
  const would = options.dryRun
  const out = [`Read ${many(read, what)}.`]
  if (labelsMade.length > 0)
    out.push(
      `${would ? 'Would make' : 'Made'} ${many(labelsMade.length, 'label')}: ${labelsMade.join(', ')}.`,
    )
  if (changed.length > 0)
    out.push(
      `${would ? 'Would give' : 'Gave'} ${many(changed.length, 'issue')} a category:`,
      ...lines(changed.map(({ iid, added }) => ({ iid, says: added.join(', ') }))),
    )
  if (ambiguous.length > 0)
    out.push(
      `Left ${many(ambiguous.length, 'issue')} to you, because the title asks for several categories:`,
      ...lines(ambiguous.map(({ iid, categories }) => ({ iid, says: categories.join(', ') }))),
    )
  if (failed.length > 0)
    out.push(
      `Could not change ${many(failed.length, 'issue')}; run this again when it is mended:`,
      ...lines(failed.map(({ iid, why }) => ({ iid, says: why }))),
    )
  if (labelsMade.length === 0 && changed.length === 0 && failed.length === 0)
    out.push('Every title that asks for a category has its label: nothing to do.')
  if (would) out.push('This was a dry run: nothing was written.')
  return `${out.join('\n')}\n`
}

/** What to do about an error that ended the run before it could say anything of single issues. */
export const adviceFor = (error: GatewayError): string => {
  if (error.kind === 'unauthorised')
    return 'GitLab does not accept the token. Check GITLAB_TOKEN: it may have ended; "./belay doctor" looks closer.'
  if (error.kind === 'missing')
    return 'GitLab shows no such project to this token. Check GITLAB_PROJECT, and that the token belongs to that project.'
  if (error.status === 403)
    return 'The token may not read the issues of this project. It needs the scope "api" and the role Planner or Reporter; "./belay doctor" looks closer.'
  if (error.kind === 'transient')
    return `GitLab cannot do this just now: ${error.message}. Nothing is lost; run it again later, or see "./belay doctor".`
  return `GitLab would not do this: ${error.message}. "./belay doctor" looks closer.`
}

const bar = (stderr: TriageParts['stderr']): { progress: TriageProgress; end: () => void } => {
  let current: { bar: SingleBar; name: string } | null = null
  const show = (name: string, done: number, total: number | null): void => {
    if (current?.name !== name) {
      current?.bar.stop()
      const made = new SingleBar({
        stream: stderr,
        format: total === null ? `${name}: {value}` : `${name} {bar} {value} of {total}`,
        hideCursor: true,
        clearOnComplete: true,
      })
      made.start(total ?? 0, 0)
      current = { bar: made, name }
    }
    if (total !== null) current.bar.setTotal(total)
    current.bar.update(done)
  }
  return {
    progress: {
      reading: (done, total) => show('Reading issues', done, total),
      changing: (done, total) => show('Adding labels', done, total),
    },
    end: () => current?.bar.stop(),
  }
}

/** Exit code: 1 when an issue could not be changed or GitLab could not be read, else 0. */
export const runTriage = async (
  options: TriageOptions & { readonly json: boolean },
  parts: TriageParts,
): Promise<0 | 1> => {
  const shown = parts.stderr.isTTY === true ? bar(parts.stderr) : null
  try {
    const report = await triageIssues(options, { ...parts, ...(shown ? { progress: shown.progress } : {}) })
    shown?.end()
    parts.stdout.write(options.json ? `${JSON.stringify(report)}\n` : triageInWords(report, options))
    return report.failed.length > 0 ? 1 : 0
  } catch (error) {
    shown?.end()
    if (!(error instanceof GatewayError)) throw error
    parts.stderr.write(`${adviceFor(error)}\n`)
    return 1
  }
}
