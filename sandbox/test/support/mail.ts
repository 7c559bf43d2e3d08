import type { TestContext } from 'node:test'
import { createTransport, type SendMailOptions, type SentMessageInfo } from 'nodemailer'
import PostalMime, { type Email } from 'postal-mime'
import type { SandboxOptions } from '../../src/start.ts'
import { type Desk, openDesk } from './desk.ts'

export type MailDesk = Desk & {
  /** The help desk's address. */
  address: string
  /** Sends by SMTP, from Ana to the help desk unless told otherwise. */
  send(mail?: SendMailOptions): Promise<SentMessageInfo>
  /** What GitLab has mailed so far, as its readers have it, oldest first. */
  inbox(): Promise<(Email & { kind: string; recipient: string; key: string | null })[]>
  /** Writes a public note as somebody and answers its id. */
  say(iid: number, body: string, internal?: boolean): Promise<number>
}

/** An empty desk that takes mail on a free port. */
export async function openMailDesk(t: TestContext, options: SandboxOptions = {}): Promise<MailDesk> {
  const desk = await openDesk(t, { smtpPort: 0, ...options })
  const { smtp } = desk.sandbox
  if (!smtp) throw new Error('no mail is taken')
  const transport = createTransport({
    host: smtp.host,
    port: smtp.port,
    ignoreTLS: true,
    pool: true,
    maxConnections: 1,
  })
  t.after(() => transport.close())
  return {
    ...desk,
    address: smtp.address,
    send: (mail = {}) =>
      transport.sendMail({
        from: 'Ana Alves <ana@people.example>',
        to: smtp.address,
        subject: 'Screen is black',
        text: 'Since this morning.',
        ...mail,
      }),
    async inbox() {
      await desk.sandbox.mailSettled()
      return Promise.all(
        desk.sandbox.sentMails().map(async (row) => ({
          ...(await PostalMime.parse(row.raw ?? '')),
          kind: row.kind,
          recipient: row.recipient,
          key: row.reply_key,
        })),
      )
    },
    async say(iid, body, internal = false) {
      const { body: note } = await desk.bruno<{ id: number }>('POST', `/projects/1/issues/${iid}/notes`, {
        body,
        internal,
      })
      return note.id
    },
  }
}
