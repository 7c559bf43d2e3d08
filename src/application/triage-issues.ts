// Triage reads every open issue and adds the category label that its title asks for, as in
// "[Hardware] Buying a new screen". Labels are only ever added, so a second run finds nothing
// to do. An issue that cannot be changed is reported and never stops the others.

import type { Desk } from '../domain/desk.ts'
import { triage } from '../domain/triage.ts'
import { GatewayError } from './gateway-error.ts'
import type { Clock } from './ports.ts'

export type OpenIssue = {
  readonly iid: number
  readonly title: string
  readonly labels: readonly string[]
  readonly fromServiceDesk: boolean
}

export type OpenIssuePage = {
  readonly issues: readonly OpenIssue[]
  readonly next: string | null
  /** null where GitLab does not say. */
  readonly total: number | null
}

/** What triage needs of GitLab. */
export type TriageBoard = {
  /** Names of all labels an issue of the project can bear, ancestor groups' included. */
  labels(): Promise<readonly string[]>
  /** False when it was there already. */
  makeLabel(label: { readonly name: string; readonly color: string }): Promise<boolean>
  openIssues(page: string | null): Promise<OpenIssuePage>
  /** Answers the labels it has afterwards. */
  addLabels(iid: number, labels: readonly string[]): Promise<readonly string[]>
}

export type TriageReport = {
  read: number
  labelsMade: string[]
  changed: { iid: number; added: string[] }[]
  ambiguous: { iid: number; categories: string[] }[]
  failed: { iid: number; why: string }[]
}

export type TriageOptions = {
  /** Nothing is written; the report says what would be. */
  readonly dryRun: boolean
  /** Only issues that came in through GitLab's Service Desk. */
  readonly serviceDeskOnly: boolean
}

export type TriageProgress = {
  /** `total` null where GitLab does not say. */
  reading(done: number, total: number | null): void
  changing(done: number, total: number): void
}

/** How many issues are changed at the same time. */
const atOnce = 4
const attempts = 4
/** The longest wait that GitLab may ask for, in milliseconds. */
const longestWait = 120_000

const wordsOf = (error: GatewayError): string => error.message

/** Tries again what GitLab cannot do just now. Only for calls that may be repeated. */
const patiently = async <T>(clock: Clock, work: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof GatewayError) || error.kind !== 'transient' || attempt === attempts) throw error
      await clock.sleep(Math.min(error.retryAfter ?? 500 * 2 ** attempt, longestWait))
    }
  }
}

type Wish = { readonly iid: number; readonly labels: readonly string[] }

export const triageIssues = async (
  options: TriageOptions,
  parts: {
    readonly board: TriageBoard
    readonly desk: Desk
    readonly clock: Clock
    readonly progress?: TriageProgress
  },
): Promise<TriageReport> => {
  const { board, desk, clock, progress } = parts
  const report: TriageReport = { read: 0, labelsMade: [], changed: [], ambiguous: [], failed: [] }

  // Labels first: GitLab would make an unknown one itself, in a colour nobody chose.
  const present = new Set(await patiently(clock, () => board.labels()))
  const unmade = new Map<string, string>()
  for (const { label } of desk.categories) {
    if (present.has(label.name)) continue
    try {
      const made = options.dryRun || (await patiently(clock, () => board.makeLabel(label)))
      if (made) report.labelsMade.push(label.name)
    } catch (error) {
      if (!(error instanceof GatewayError) || error.kind === 'unauthorised') throw error
      unmade.set(label.name, `the label ${label.name} is missing and could not be made: ${wordsOf(error)}`)
    }
  }

  // Everything is read before anything is written, so that no page shifts under our own changes.
  const wishes: Wish[] = []
  const seen = new Set<number>()
  let page: string | null = null
  do {
    const asked: string | null = page
    const { issues, next, total }: OpenIssuePage = await patiently(clock, () => board.openIssues(asked))
    for (const issue of issues) {
      if (seen.has(issue.iid) || (options.serviceDeskOnly && !issue.fromServiceDesk)) continue
      seen.add(issue.iid)
      const found = triage(issue.title, issue.labels, desk)
      if (found.kind === 'add') wishes.push({ iid: issue.iid, labels: found.labels })
      if (found.kind === 'ambiguous')
        report.ambiguous.push({ iid: issue.iid, categories: found.categories.map((category) => category.id) })
    }
    progress?.reading(seen.size, total)
    page = next
  } while (page !== null)
  report.read = seen.size

  const change = async ({ iid, labels }: Wish): Promise<void> => {
    const hindered = labels.map((label) => unmade.get(label)).find((why) => why !== undefined)
    if (hindered !== undefined) {
      report.failed.push({ iid, why: hindered })
      return
    }
    try {
      if (!options.dryRun) {
        const has = await patiently(clock, () => board.addLabels(iid, labels))
        const missing = labels.filter((label) => !has.includes(label))
        if (missing.length > 0)
          throw new GatewayError('permanent', `GitLab did not add ${missing.join(', ')} and gave no reason`)
      }
      report.changed.push({ iid, added: [...labels] })
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      report.failed.push({ iid, why: wordsOf(error) })
      // A token that ended will not come back during this run: spare GitLab the rest.
      if (error.kind === 'unauthorised')
        for (const rest of waiting.splice(0)) report.failed.push({ iid: rest.iid, why: wordsOf(error) })
    }
  }

  const waiting = [...wishes]
  let done = 0
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await change(next)
      progress?.changing(++done, wishes.length)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  for (const list of [report.changed, report.ambiguous, report.failed]) list.sort((a, b) => a.iid - b.iid)
  return report
}
