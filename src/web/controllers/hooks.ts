// GitLab's webhooks: who is not GitLab is refused, who is gets an answer at once. What is in a
// delivery is only looked through for the numbers of tickets to read again.

import { z } from 'zod'
import type { Hint } from '../../application/receive-hook.ts'
import { ticketOfBranch } from '../../domain/branch-name.ts'
import { readBytes } from '../form-body.ts'
import { deliveryId, isGenuine, mayBeGenuine } from '../hook-signature.ts'
import type { Answer, Door, Visit } from '../visit.ts'

/** GitLab cuts nothing and sends up to 25 MB; texts can be long, but not all of them together. */
const mostBytes = 1_048_576

const plain = (status: number, body: string): Answer => ({ kind: 'data', status, type: 'text/plain', body })

const number = z.number().int().positive().max(Number.MAX_SAFE_INTEGER)

const Delivery = z.object({
  object_kind: z.string(),
  project: z.object({ id: number, path_with_namespace: z.string().nullish() }),
})

const Ticket = z
  .object({ object_attributes: z.object({ iid: number }) })
  .transform(({ object_attributes }) => [object_attributes.iid])

const Comment = z
  .object({ issue: z.object({ iid: number }).nullish(), work_item: z.object({ iid: number }).nullish() })
  .transform(({ issue, work_item }) => [issue, work_item].flatMap((one) => one?.iid ?? []))

/** Whose branch it is stands in its name; what it closes is not told. */
const MergeRequest = z
  .object({ object_attributes: z.object({ source_branch: z.string() }) })
  .transform(({ object_attributes }) =>
    [object_attributes.source_branch].flatMap((name) => ticketOfBranch(name) ?? []),
  )

const kinds = new Map<string, z.ZodType<number[]>>([
  ['issue', Ticket],
  ['work_item', Ticket],
  ['note', Comment],
  ['merge_request', MergeRequest],
])

/** null = no delivery that we understand. */
export const readHint = (body: Uint8Array, id: string | null): Hint | null => {
  let told: unknown
  try {
    told = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'))
  } catch {
    return null
  }
  const delivery = Delivery.safeParse(told)
  if (!delivery.success) return null
  const { object_kind, project } = delivery.data
  // Pushes, pipelines and what is still to come show that the webhook works, and tell of no ticket.
  const iids = kinds.get(object_kind)?.safeParse(told) ?? { success: true, data: [] }
  if (!iids.success) return null
  return { id, project: { id: project.id, path: project.path_with_namespace ?? null }, iids: iids.data }
}

const warned = new WeakSet<Door>()

const warnOnce = (door: Door): void => {
  if (warned.has(door)) return
  warned.add(door)
  door.log.warn(
    {},
    'a webhook came, but GITLAB_WEBHOOK_SECRET is not set: every delivery is refused until it is',
  )
}

const refused = plain(401, 'not from GitLab, or not with the secret of this desk\n')

export const receive = async ({ door, request }: Visit): Promise<Answer> => {
  const { secret } = door.hooks
  if (secret === null) {
    warnOnce(door)
    return refused
  }
  const headers = request.headersDistinct
  const now = door.parts.clock.now()
  // A stranger's body is not even read.
  if (!mayBeGenuine(secret, headers, now)) return refused
  const body = await readBytes(request, mostBytes)
  if (!isGenuine(secret, headers, body, now)) return refused
  const hint = readHint(body, deliveryId(secret, headers))
  if (hint === null) return plain(400, 'this is no delivery of a webhook\n')
  door.hooks.receive(hint)
  return plain(202, 'thank you\n')
}
