import PostalMime, { decodeWords } from 'postal-mime'
import { serviceDeskAddress } from '../mail/addresses.ts'
import { settingsOf } from '../mail/settings.ts'
import type { ProjectRow, ReceivedMailRow, SentMailRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { html, type Safe } from './html.ts'
import { time } from './parts.ts'

/** So many of each are listed. */
const mostListed = 100

type WithIssue = { iid: number | null; full_path: string | null }

const joined = (table: string) =>
  `select m.*, i.iid, p.full_path from ${table} m
   left join issues i on i.id = m.issue_id left join projects p on p.id = i.project_id`

function issueLink({ iid, full_path }: WithIssue): Safe | string {
  return iid === null || full_path === null ? '' : html`<a href="/${full_path}/-/issues/${iid}">#${iid}</a>`
}

/** Everything about mail on one page: write one, what came of those before, what GitLab sent, the settings. */
export function mailPage(world: World, project: ProjectRow, problem: string | undefined): Safe {
  const sent = world.db.all<SentMailRow & WithIssue>(
    `${joined('sent_mails')} order by m.id desc limit ?`,
    mostListed,
  )
  const received = world.db.all<ReceivedMailRow & WithIssue>(
    `${joined('received_mails')} order by m.id desc limit ?`,
    mostListed,
  )
  const address = serviceDeskAddress(project)
  const settings = settingsOf(world, project.id)
  return html`<h1>Mail</h1>
<p>The help desk’s address is <code>${address}</code>. ${world.smtp ? html`Mail programs reach it at <code>smtp://${world.smtp.host}:${world.smtp.port}</code>, or write here.` : 'Write to it here; start with <code>--smtp-port</code> for mail programs.'} Nothing leaves this machine.</p>
${project.service_desk_enabled ? '' : html`<p><strong>Service Desk is switched off in ${project.full_path}: no mail is taken, none is sent.</strong></p>`}
<h2 id="write">Write a mail to the help desk</h2>${problem === undefined ? '' : html`<p role="alert"><strong>${problem}</strong></p>`}
<form class="mail" method="post" action="/-/sandbox/mail" enctype="multipart/form-data">
<label>Your name <input name="name" maxlength="200" value="Ana Alves"></label>
<label>Your address <input name="from" type="email" required maxlength="254" value="ana@example.org"></label>
<label>Subject <input name="subject" maxlength="500" placeholder="[Hardware] Buying a new screen"></label>
<label>Text <textarea name="text" rows="6"></textarea></label>
<label>File <input name="file" type="file"></label>
<button>Send</button></form>
<h2 id="sent">Sent by GitLab</h2>${
    sent.length === 0
      ? html`<p class="meta">None yet. Every public comment on a ticket goes to its e-mail participants.</p>`
      : html`<table><tr><th>Subject</th><th>To</th><th>What</th><th>Issue</th><th>When</th></tr>${sent.map((mail) => html`<tr><td><a href="/-/sandbox/mail/${mail.id}">${mail.subject}</a></td><td>${mail.recipient}</td><td>${mail.kind}</td><td>${issueLink(mail)}</td><td class="meta">${time(mail.created_at)}</td></tr>`)}</table>`
  }
<h2 id="received">Received</h2>${
    received.length === 0
      ? html`<p class="meta">None yet.</p>`
      : html`<table><tr><th>Subject</th><th>From</th><th>Became</th><th>When</th></tr>${received.map((mail) => html`<tr><td>${mail.subject ?? ''}</td><td>${mail.sender ?? ''}</td><td>${mail.outcome} ${issueLink(mail)}${mail.why === null ? '' : html`<br><span class="meta">${mail.why}</span>`}</td><td class="meta">${time(mail.created_at)}</td></tr>`)}</table>`
  }
<h2 id="settings">Service Desk of ${project.full_path}</h2>
<form class="mail" method="post" action="/-/sandbox/service-desk">
${box('enabled', 'Service Desk is on', project.service_desk_enabled)}
${box('confidential', 'Tickets are confidential', settings.confidential)}
${box('reopen', 'Reopen a closed ticket when its requester answers', settings.reopen_on_external_note)}
<button>Save</button></form>`
}

const box = (name: string, words: string, on: number): Safe =>
  html`<label class="box"><input type="checkbox" name="${name}" value="1"${on ? html` checked` : ''}> ${words}</label>`

/** One sent mail with all its headers, as its reader's program would have it, and a form to answer. */
export async function sentMailPage(world: World, row: SentMailRow): Promise<Safe> {
  const mail = await PostalMime.parse(row.raw ?? new Uint8Array())
  const issue = world.db.one<WithIssue>(
    'select i.iid, p.full_path from issues i join projects p on p.id = i.project_id where i.id = ?',
    row.issue_id,
  )
  return html`<h1>${row.subject}</h1>
<p class="meta">${row.kind} to ${row.recipient} · ${time(row.created_at)} · ${issue ? html`ticket ${issueLink(issue)} · ` : ''}<a href="/-/sandbox/mail/${row.id}/raw">as it would go over the wire</a> · <a href="/-/sandbox/mail">all mail</a></p>
<h2>Text</h2>${mail.text === undefined ? html`<p class="meta">This mail has no text part; its HTML:</p><pre>${mail.html ?? ''}</pre>` : html`<pre>${mail.text}</pre>`}
${mail.attachments.length === 0 ? '' : html`<h2>Attachments</h2><ul>${mail.attachments.map((file) => html`<li>${file.filename ?? 'without a name'}</li>`)}</ul>`}
${
  row.reply_key === null
    ? ''
    : html`<h2 id="answer">Answer as ${row.recipient}</h2>
<form class="mail" method="post" action="/-/sandbox/mail/${row.id}/reply" enctype="multipart/form-data">
<label>Text <textarea name="text" rows="6" required></textarea></label>
<label>File <input name="file" type="file"></label>
<button>Send the answer</button></form>`
}
<h2>Headers</h2><table>${mail.headers.map((header) => html`<tr><th>${header.originalKey}</th><td>${decodeWords(header.value)}</td></tr>`)}</table>`
}
