// Sends the form that opens a ticket as a requester's browser does, without a session.

import { randomUUID } from 'node:crypto'
import http from 'node:http'

export type Poster = {
  /** Milliseconds until the answer is there, counted from `since` (`performance.now()`). Throws unless a ticket was made. */
  post(deskUrl: string, number: number, since?: number): Promise<number>
  close(): void
}

const fieldsOf = (number: number): string =>
  new URLSearchParams({
    title: `The projector in room ${number} stays dark`,
    description:
      'It hums, the lamp blinks twice, and then nothing happens. Yesterday it worked, and the cable is in.\n'.repeat(
        4,
      ),
    category: 'Hardware',
    name: 'Ana',
    email: 'ana@school.example',
    key: randomUUID(),
  }).toString()

export const createPoster = (): Poster => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
  return {
    post: (deskUrl, number, since = performance.now()) =>
      new Promise((resolve, reject) => {
        const body = fieldsOf(number)
        const request = http.request(
          `${deskUrl}/open-issue`,
          {
            method: 'POST',
            agent,
            headers: {
              'content-type': 'application/x-www-form-urlencoded',
              'content-length': Buffer.byteLength(body),
              'sec-fetch-site': 'same-origin',
            },
          },
          (response) => {
            response.resume()
            response.on('error', reject)
            response.on('end', () => {
              if (response.statusCode === 303) return resolve(performance.now() - since)
              reject(new Error(`POST /open-issue answered ${response.statusCode}`))
            })
          },
        )
        request.on('error', reject)
        request.end(body)
      }),
    close: () => agent.destroy(),
  }
}
