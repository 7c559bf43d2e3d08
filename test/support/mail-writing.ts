// Mails as people's programs write them, made by a real composer: a test names only what its story is about.

import MailComposer from 'nodemailer/lib/mail-composer'

type Parts = NonNullable<ConstructorParameters<typeof MailComposer>[0]>

let written = 0

/** The mailbox of the desk in these stories. */
export const deskAddress = 'help@desk.example'

export type Written = Omit<Parts, 'raw'> & {
  /** Bare, without angle brackets; '' = none of them. */
  readonly id?: string
  /** Message-IDs without angle brackets, the oldest first. */
  readonly refers?: readonly string[]
  /** Without angle brackets. */
  readonly answers?: string
}

/** Ana writes to the desk, unless it says otherwise. Each mail has a Message-ID of its own. */
export const writtenMail = async ({ id, refers, answers, ...said }: Written = {}): Promise<Buffer> => {
  written += 1
  const parts: Parts = {
    from: 'Ana Alves <ana@school.example>',
    to: `Help desk <${deskAddress}>`,
    subject: 'My screen stays black',
    text: 'Since this morning.',
    date: new Date(Date.UTC(2026, 5, 8, 9)),
    messageId: `<${id ?? `mail-${written}@school.example`}>`,
    ...(answers === undefined ? {} : { inReplyTo: `<${answers}>` }),
    ...(refers === undefined ? {} : { references: refers.map((one) => `<${one}>`) }),
    disableFileAccess: true,
    disableUrlAccess: true,
    ...said,
  }
  const built = await new MailComposer(parts).compile().build()
  if (id !== '') return built
  return Buffer.from(built.toString('latin1').replace(/^Message-ID: .*\r\n/imu, ''), 'latin1')
}
