import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import MailComposer from 'nodemailer/lib/mail-composer'
import type { SentMailRow, UploadRow } from '../store/rows.ts'
import type { World } from '../world.ts'

export type Letter = {
  kind: 'thank you' | 'new note' | 'new participant' | 'rejection'
  issueId: number | null
  noteId: number | null
  to: string
  from: { name: string; address: string }
  replyTo: { name: string; address: string } | null
  replyKey: string | null
  subject: string
  messageId: string
  inReplyTo: string | null
  references: string[]
  headers: Record<string, string>
  text: string | null
  html: string | null
  /** Ids of uploads that go along. */
  attachments: number[]
}

export type Postman = {
  /** Writes a letter down in the current transaction; it becomes a mail once that is through. */
  post(letter: Letter): void
  /** Ends when no letter waits to become a mail. */
  settled(): Promise<void>
  /** Takes up what the last run left. */
  start(): void
  stop(): Promise<void>
}

/** What a past that is only told writes to nobody. */
export const noPostman: Postman = {
  post: () => {},
  settled: () => Promise.resolve(),
  start: () => {},
  stop: () => Promise.resolve(),
}

/**
 * Makes letters into mails and keeps them: in the database, and for people as `.eml` files in the folder. Nothing ever
 * leaves this machine. A letter is written down together with what caused it, and made up afterwards, as a real GitLab
 * hands its mails to a queue.
 */
export function startPostman(
  getWorld: () => World,
  folder: string | undefined,
  report: (error: unknown) => void,
): Postman {
  let stopped = false
  let work: Promise<void> = Promise.resolve()

  const wake = () => {
    work = work
      // After the current transaction: handlers do not wait between writing and committing.
      .then(() => new Promise<void>((resolve) => setImmediate(resolve)))
      .then(makeUpAll)
      .catch(report)
  }

  const makeUpAll = async () => {
    for (;;) {
      if (stopped) return
      const { db } = getWorld()
      const row = db.one<SentMailRow>('select * from sent_mails where raw is null order by id limit 1')
      if (!row) return
      const raw = await makeUp(getWorld(), row)
      // The file first: whoever is killed in between makes it again.
      if (folder !== undefined) {
        await mkdir(folder, { recursive: true })
        await writeFile(join(folder, `${row.id}.eml`), raw)
      }
      if (stopped) return
      db.run('update sent_mails set raw = ? where id = ?', raw, row.id)
    }
  }

  return {
    post(letter) {
      const { db, clock } = getWorld()
      db.run(
        `insert into sent_mails (kind, issue_id, note_id, recipient, subject, message_id, reply_key, letter, created_at)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        letter.kind,
        letter.issueId,
        letter.noteId,
        letter.to,
        letter.subject,
        letter.messageId,
        letter.replyKey,
        JSON.stringify(letter),
        clock.now(),
      )
      wake()
    },
    settled: () => work,
    start: wake,
    async stop() {
      stopped = true
      await work
    },
  }
}

async function makeUp(world: World, row: SentMailRow): Promise<Buffer> {
  const letter = JSON.parse(row.letter) as Letter
  const files = letter.attachments.flatMap((id) => {
    const upload = world.db.one<UploadRow>('select * from uploads where id = ?', id)
    return upload ? [upload] : []
  })
  return compose({
    from: letter.from,
    to: { name: '', address: letter.to },
    ...(letter.replyTo ? { replyTo: letter.replyTo } : {}),
    subject: letter.subject,
    messageId: letter.messageId,
    ...(letter.inReplyTo ? { inReplyTo: letter.inReplyTo } : {}),
    references: letter.references,
    date: new Date(row.created_at),
    headers: letter.headers,
    ...(letter.text === null ? {} : { text: letter.text }),
    ...(letter.html === null ? {} : { html: letter.html }),
    attachments: files.map((file) => ({
      filename: file.filename,
      contentType: file.content_type,
      content: Buffer.from(file.bytes),
    })),
  })
}

type Parts = NonNullable<ConstructorParameters<typeof MailComposer>[0]>

/** A mail as it goes over the wire. Nothing is fetched for it, neither files nor addresses. */
export function compose(parts: Parts): Promise<Buffer> {
  return new MailComposer({ ...parts, disableFileAccess: true, disableUrlAccess: true }).compile().build()
}
