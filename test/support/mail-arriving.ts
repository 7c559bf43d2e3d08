// A mail server to which the desk sends, and what arrived there. Real SMTP on a free port of 127.0.0.1.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { Email } from 'postal-mime'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { eventually } from './eventually.ts'

export type ArrivedMail = {
  /** The envelope's. */
  readonly from: string
  readonly to: readonly string[]
  readonly source: Buffer
  readonly email: Email
}

export type Arriving = {
  readonly url: string
  /** In the order in which they came. */
  mails(): readonly ArrivedMail[]
  waitFor(count: number): Promise<readonly ArrivedMail[]>
}

export const arrivedAt = async (t: TestContext): Promise<Arriving> => {
  const arrived: ArrivedMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    // The server ends before its clients do: it does not wait for kept connections.
    closeTimeout: 1,
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        const source = Buffer.concat(chunks)
        arrived.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          source,
          email: await PostalMime.parse(source),
        })
        done()
      })
    },
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  t.after(() => new Promise<void>((resolve) => server.close(resolve)))
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails: () => arrived,
    waitFor: async (count) => {
      await eventually(`${count} mails arrived`, () => arrived.length >= count)
      return arrived
    },
  }
}
