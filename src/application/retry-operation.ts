// A lead has put right why GitLab said no, and lets it be sent again. Where an earlier sending may
// have had its effect, that is looked up first, so that nothing happens twice even now.

import type { Operation } from '../domain/operation.ts'
import type { Refusal } from '../domain/refusal.ts'
import { isRefusal } from '../domain/refusal.ts'
import type { StuckAnswer, StuckAnswered } from './answer-stuck-operation.ts'
import { answerStuckOperation } from './answer-stuck-operation.ts'
import { sent } from './decide.ts'
import type { Parts } from './ports.ts'

export type Retried = StuckAnswered & {
  /** What became of it within the moment that was worth waiting. */
  readonly state: Operation['state']
}

/** null: there is no such operation. */
export const retryOperation = async (
  parts: Parts,
  request: StuckAnswer,
): Promise<Retried | Refusal | null> => {
  const answered = await answerStuckOperation(parts, request, 'retry', (writer, now) =>
    writer.retryOperation(request.id, now),
  )
  if (answered === null || isRefusal(answered)) return answered
  const ticket = answered.already ? answered.ticket : await sent(parts, answered.ticket)
  const operation = await parts.store.read((reader) => reader.operation(request.id))
  return { ...answered, ticket, state: operation?.state ?? answered.operation.state }
}
