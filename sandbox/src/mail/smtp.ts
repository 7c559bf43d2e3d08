import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server'
import type { World } from '../world.ts'
import { destinationOf } from './addresses.ts'
import { type Outcome, receiveMail } from './receive-mail.ts'

/** As most mail servers have it, GitLab.com's too (bytes). */
const largestMail = 25 * 1024 * 1024
/** Where `auto` looks first. */
const usualPort = 2525

export type SmtpDoor = { host: string; port: number; close(): Promise<void> }

/** Takes mail for the Service Desk's addresses on 127.0.0.1 and nowhere else. `auto`: 2525, or a free port if that is taken. */
export async function openSmtp(
  world: World,
  port: number | 'auto',
  report: (error: unknown) => void,
): Promise<SmtpDoor> {
  if (port !== 'auto') return listen(world, port, report)
  try {
    return await listen(world, usualPort, report)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      return listen(world, 0, report)
    throw error
  }
}

async function listen(world: World, port: number, report: (error: unknown) => void): Promise<SmtpDoor> {
  const underway = new Set<Promise<void>>()
  const server = new SMTPServer({
    name: 'gitlab.example',
    banner: 'GitLab sandbox',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: largestMail,
    maxClients: 100,
    // Stopping waits for nobody who only holds the line (milliseconds).
    closeTimeout: 1,
    onRcptTo({ address }, _session, callback) {
      const destination = destinationOf(world, address)
      if (destination?.kind === 'switched off')
        return callback(refusal(550, `Service Desk is switched off in ${destination.project.full_path}`))
      if (!destination) return callback(refusal(550, 'no such address here'))
      callback()
    },
    onData(stream, session, callback) {
      const recipients = session.envelope.rcptTo.map((recipient) => recipient.address)
      const taking = take(world, stream, recipients)
        .catch((error: unknown) => {
          report(error)
          return refusal(451, 'the sandbox failed, see its output')
        })
        .then((said) => (typeof said === 'string' ? callback(null, said) : callback(said)))
        .finally(() => underway.delete(taking))
      underway.add(taking)
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  // A client that breaks off is no fault of ours.
  server.removeAllListeners('error').on('error', () => {})
  return {
    host: '127.0.0.1',
    port: (server.server.address() as AddressInfo).port,
    async close() {
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await Promise.allSettled([...underway])
    },
  }
}

/** Answers what to say to the mail program: a sentence, or an error with its code. */
async function take(
  world: World,
  stream: SMTPServerDataStream,
  recipients: readonly string[],
): Promise<string | Error> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      // Of a mail that is too large nothing more is kept.
      if (stream.sizeExceeded) chunks.length = 0
      else chunks.push(chunk)
    }
  } catch {
    // The line broke halfway: no mail, and nobody is there to hear this.
    return refusal(451, 'the mail is not complete')
  }
  if (stream.sizeExceeded) return refusal(552, 'the mail is larger than 25 MB')
  const outcome = await receiveMail(world, Buffer.concat(chunks), recipients)
  return outcome.kind === 'too many' ? refusal(451, sentence(outcome)) : sentence(outcome)
}

const refusal = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode })

/** What became of a mail, for its sender's mail program. */
function sentence(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'opened':
      return `accepted, opened #${outcome.iid}`
    case 'answered':
      return `accepted, answered #${outcome.iid}`
    case 'too many':
      return 'too many mails, try again in a minute'
    default:
      return `accepted, ${outcome.kind}: ${outcome.why.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200)}`
  }
}
