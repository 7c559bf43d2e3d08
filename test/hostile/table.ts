// All hostile inputs in one table, by the door they come in by. The tests beside it run every row through the real
// door; `docs/hostile-inputs.md` is this table for people, written by `node test/hostile/write-docs.ts`.

import { addresses } from './inputs/addresses.ts'
import { cells } from './inputs/csv.ts'
import { hooks } from './inputs/hooks.ts'
import { mailsIn } from './inputs/mails-in.ts'
import { mailsOut } from './inputs/mails-out.ts'
import { branchProjects, branchRefs, branchTitles, fileNames, labelNames } from './inputs/names.ts'
import { oddIds, requests, returns, searches } from './inputs/requests.ts'
import { shown, uploads } from './inputs/shown.ts'
import { texts } from './inputs/texts.ts'
import { titles } from './inputs/titles.ts'
import type { Row } from './row.ts'

export type Chapter = {
  readonly title: string
  /** What is done with each of its rows, and where. */
  readonly how: string
  readonly test: string
  readonly rows: readonly Row[]
}

export const chapters: readonly Chapter[] = [
  {
    title: 'Texts on their way to GitLab',
    how: 'Composed as a ticket, a requester’s reply, a note of the desk and an agent’s answer; read by what GitLab reads commands, mentions and references with; opened in a sandbox. `dead`: nothing happens, and it reads as it was written. `untouched`: it arrives letter by letter.',
    test: 'texts.test.ts, names.test.ts',
    rows: texts,
  },
  {
    title: 'Titles',
    how: 'Opened in a sandbox through the real gateway.',
    test: 'names.test.ts',
    rows: titles,
  },
  {
    title: 'Branches, labels and file names',
    how: 'Escalated in a sandbox; `n` is the number of the ticket. Labels are read from a belay.yaml.',
    test: 'names.test.ts',
    rows: [...branchTitles, ...branchRefs, ...branchProjects, ...labelNames, ...fileNames],
  },
  {
    title: 'Addresses',
    how: 'Asked whether the desk would write there.',
    test: 'names.test.ts',
    rows: addresses,
  },
  {
    title: 'Mails that come in',
    how: 'Read by the real parser in its process, taken into a real store, and told to a sandbox. Beside each: how it ends in the ledger. None commands or mentions anything, and none is answered to anybody but who wrote it.',
    test: 'mails-in.test.ts',
    rows: mailsIn,
  },
  {
    title: 'Mails that go out',
    how: 'Composed and sent by the real mailer to a real mail server: to one person, with the headers that are ours; and again as an acknowledgement, which repeats nothing.',
    test: 'mails-out.test.ts',
    rows: mailsOut,
  },
  {
    title: 'Requests, parameters and odd ids',
    how: 'Sent over HTTP. Beside each: the status of the answer. What is refused leaves no trace in the store.',
    test: 'requests.test.ts',
    rows: [...requests, ...oddIds],
  },
  {
    title: 'Words to search for',
    how: 'Searched for over HTTP.',
    test: 'requests.test.ts',
    rows: searches,
  },
  {
    title: 'Ways back after signing in',
    how: 'Given to the sign-in over HTTP. Beside each: where it leads.',
    test: 'requests.test.ts',
    rows: returns,
  },
  {
    title: 'What people wrote, on our pages',
    how: 'As title, text, reply, note, answer and name, on each page that shows it and in forms that come back with a mistake; the page is read by an HTML parser.',
    test: 'shown.test.ts',
    rows: shown,
  },
  {
    title: 'Files that come along',
    how: 'Uploaded and fetched again over HTTP.',
    test: 'shown.test.ts',
    rows: uploads,
  },
  {
    title: 'Cells of tables for spreadsheets',
    how: 'Written as the desk writes them, and read back. Beside each: what the cell holds then.',
    test: 'csv.test.ts',
    rows: cells,
  },
  {
    title: 'Webhooks',
    how: 'Delivered over HTTP. Beside each: the status of the answer.',
    test: 'hooks.test.ts',
    rows: hooks,
  },
]

export const table: readonly Row[] = chapters.flatMap(({ rows }) => rows)
