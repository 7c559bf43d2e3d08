import type { TestContext } from 'node:test'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/start.ts'

export type Reply<T = Record<string, unknown>> = { status: number; headers: Headers; body: T }
/** Calls the API as one person; `body` goes out as JSON. The answer's shape is the test's own claim. */
export type Caller = <T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
) => Promise<Reply<T>>
export type Desk = {
  sandbox: Sandbox
  ana: Caller
  bruno: Caller
  carla: Caller
  davi: Caller
  bot: Caller
  turn(ms: number): void
}

/** A clock that stands still until it is turned. It begins in the past, so that no test leans on today. */
const noon = Date.UTC(2026, 2, 2, 12)

/** An empty desk on a free port, gone when the test ends. */
export async function openDesk(t: TestContext, options: SandboxOptions = {}): Promise<Desk> {
  let now = noon
  const sandbox = await startSandbox({ empty: true, clock: { now: () => now }, ...options })
  t.after(() => sandbox.stop())
  const as = (username: string) => caller(sandbox.url, sandbox.tokenOf(username))
  return {
    sandbox,
    ana: as('ana'),
    bruno: as('bruno'),
    carla: as('carla'),
    davi: as('davi'),
    bot: caller(sandbox.url, sandbox.token),
    turn(ms) {
      now += ms
    },
  }
}

export function caller(url: string, token: string | undefined): Caller {
  return async <T>(method: string, path: string, body?: unknown) => {
    const headers: Record<string, string> = token === undefined ? {} : { 'PRIVATE-TOKEN': token }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    const response = await fetch(`${url}/api/v4${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? null : parse(text)) as T,
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Opens an issue as the bot and answers its number. */
export async function open(desk: Desk, issue: Record<string, unknown> = {}): Promise<number> {
  const made = await desk.bot<{ iid: number }>('POST', '/projects/1/issues', {
    title: 'Screen is black',
    ...issue,
  })
  return made.body.iid
}
