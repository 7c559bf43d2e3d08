// Reading all listing pages with no work: the same addresses Belay asks for, the next page by the
// link in the answer, bodies thrown away. The floor of a full sync.

import http from 'node:http'
import type { Sandbox } from './processes.ts'

export type Reading = { readonly ms: number; readonly pages: readonly number[]; readonly bytes: number }

/** As in src/adapters/gitlab/gateway.ts; the calls the sandbox counts show whether it still is. */
const listing = 'pagination=keyset&order_by=updated_at&sort=asc&per_page=100&scope=all&state=all'

const address = ({ url }: Sandbox, query: string) => `${url}/api/v4/projects/demo%2Fhelpdesk/issues?${query}`

export const createFetcher = (sandbox: Sandbox) => {
  const agent = new http.Agent({ keepAlive: true })
  const get = (url: string): Promise<{ ms: number; bytes: number; link: string }> =>
    new Promise((resolve, reject) => {
      const started = performance.now()
      http
        .get(url, { agent, headers: { 'private-token': sandbox.token } }, (response) => {
          let bytes = 0
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length
          })
          response.on('error', reject)
          response.on('end', () => {
            if (response.statusCode !== 200)
              return reject(new Error(`GET ${url} answered ${response.statusCode}`))
            resolve({ ms: performance.now() - started, bytes, link: String(response.headers.link ?? '') })
          })
        })
        .on('error', reject)
    })
  return { get, close: () => agent.destroy() }
}

export const readPages = async (sandbox: Sandbox): Promise<Reading> => {
  const fetcher = createFetcher(sandbox)
  const started = performance.now()
  const pages: number[] = []
  let bytes = 0
  let next: string | undefined = address(sandbox, listing)
  while (next !== undefined) {
    const page: { ms: number; bytes: number; link: string } = await fetcher.get(next)
    pages.push(page.ms)
    bytes += page.bytes
    next = /<([^>]+)>; rel="next"/u.exec(page.link)?.[1]
  }
  fetcher.close()
  return { ms: performance.now() - started, pages, bytes }
}

/** Milliseconds of single pages by number, the newest first as people browse; GitLab ends them at 50,000 rows. */
export const readOffsetPages = async (sandbox: Sandbox): Promise<number[]> => {
  const fetcher = createFetcher(sandbox)
  const last = Math.min(500, Math.ceil(sandbox.issues / 100))
  const times: number[] = []
  for (let round = 0; round < 20; round++)
    for (const part of [0, 0.1, 0.25, 0.5, 0.75, 1]) {
      const page = Math.max(1, Math.round(last * part))
      times.push((await fetcher.get(address(sandbox, `per_page=100&page=${page}`))).ms)
    }
  fetcher.close()
  return times
}
