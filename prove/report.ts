// docs/proofs.md: what was tried, how to try it again, and what came of it. Generated.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Result = {
  readonly what: string
  readonly command: string
  readonly found: string
  readonly took: string
  readonly ok: boolean
}

const notPromised = `## Not promised

- A call that GitLab finishes more than a minute after it took it can make a second issue after our retry. It is closed
  as a duplicate by the next sweep; it is not prevented.
- A process that stands still exactly between its last look at the clock and the sending of bytes that follows, for
  longer than the lease and GitLab's own time limit together, can send a note that another process has sent meanwhile.
- A mail whose connection was lost after its last byte, or whose sender died or stood still just then, can arrive twice,
  under one Message-ID. A mail that three processes died of one after the other is put aside, and a lead has it read again.
- An upload whose answer was lost is sent again and leaves an orphan that nothing points to.
- A change made in GitLab by hand while ours is on its way is not undone; labels are changed as differences, so both
  stand where they do not contradict each other. Where they do, GitLab's last word holds.
- What somebody does in GitLab is seen at the next poll, or at once with a webhook; not before.
`

const commit = (): string => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    }).trim()
  } catch {
    return 'unknown'
  }
}

export const writeReport = (results: readonly Result[]): void => {
  const rows = results.map(
    ({ what, command, found, took, ok }) =>
      `| ${ok ? 'yes' : '**no**'} | ${what} | ${found} | \`${command}\` | ${took} |`,
  )
  const text = `# Proofs

Written by \`npm run prove\` on ${new Date().toISOString().slice(0, 10)}, commit ${commit()}, Node ${process.version}.

The simulator runs the real application (rules, use cases, outbox, push, pull, the GitLab client) on virtual time, with
two workers on one database, against a GitLab in memory that has GitLab's semantics. Calls are refused, cut, swallowed,
answered late, answered with rubbish or with 429; GitLab is away or does not know our token; replicas lag; processes die
and stand still at any point; people relabel, comment, close and reopen by hand. A checker that knows nothing of the code
compares what people were told with GitLab and with the desk's pages.

In one story of four the desk has mail, in one of twelve GitLab's Service Desk answers instead. There is a mailbox that numbers
everything anew, hands out twice, breaks off while it is read and files without saying so, and a mail server that refuses,
puts off, goes away and takes a mail without its answer arriving. Ana mails new tickets and answers with the token of our mail
or without; agents vouch for her; mail servers deliver twice; strangers copy numbers and Message-IDs; machines, failure
notices and another desk write back. The mail worker runs as it is, in both processes, with the same deaths and pauses; only
the parser and the templates are of the simulator's making. A checker of its own judges it:

- every mail ever delivered is in the ledger at its end, was there before it left the inbox, and had its effect once (I5, I1);
- the words of a mail stand on the ticket of its token and nowhere else, and without proof are never public (I8, I9);
- a notice has one Message-ID, is delivered, and twice only where nobody can know that it was; it tells what GitLab has (I6);
- no ticket of GitLab's Service Desk is mailed, nothing automatic is answered, and no address gets more than three
  acknowledgements an hour (I7); at rest nothing waits to be mailed but what a mail server refused for good, with its reason.

In one story of eight the desk has made promises, of minutes instead of hours, so that they run out and are broken while
GitLab is at its worst; people change what a ticket is about meanwhile. A third checker judges these:

- that a promise runs out or was broken is told once of each ticket, among agents only, in GitLab or by mail (P1), and
  what was broken and still waits at the end was told (P2);
- nobody is told that an answer is missing once there is one, also where it was given in GitLab by hand in time (P3);
- a broken promise escalates its ticket once where the rule says so: one label, one note, one branch (P4);
- each ticket's figures are what measuring its timeline afresh gives (P5), and what they were before once all was read
  anew from GitLab, which is tried in one story of 64 (P6).

Two replicas on one PostgreSQL stand behind NGINX with the configuration that is shipped, encrypted. People who do as people do
(they look, and send the same form again), webhooks, comments by hand and an open dashboard meet processes that are killed
and stand still, and a database that is restarted. Then two processes of the release before become two of this one, one after
the other, and one is asked to stop while GitLab is silent. The same judge compares what was accepted with what there is.

| ok | what | found | again with | took |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

A planted bug is one mistake put between the product's parts from outside (prove/bugs.ts). A proof that finds nothing
proves nothing.

${notPromised}`
  writeFileSync(join(import.meta.dirname, '..', 'docs', 'proofs.md'), text)
}
