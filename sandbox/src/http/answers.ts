/** What a route hands back; the server writes it out. A body that is text or bytes goes out as it is. */
export type Answer = {
  status: number
  headers?: Record<string, string>
  body?: unknown
}

export function json(status: number, body: unknown, headers?: Record<string, string>): Answer {
  return headers ? { status, body, headers } : { status, body }
}

export function html(status: number, text: string, headers: Record<string, string> = {}): Answer {
  return { status, body: text, headers: { 'Content-Type': 'text/html; charset=utf-8', ...headers } }
}

export const noContent: Answer = { status: 204 }

export function redirect(location: string): Answer {
  return { status: 302, headers: { Location: location }, body: '' }
}
