// A lead gives up what GitLab refuses: it will never be sent. What waited behind it goes on, and the
// ticket is read again, so that the desk claims nothing that GitLab does not know.

import type { Refusal } from '../domain/refusal.ts'
import { isRefusal } from '../domain/refusal.ts'
import type { StuckAnswer, StuckAnswered } from './answer-stuck-operation.ts'
import { answerStuckOperation } from './answer-stuck-operation.ts'
import type { Parts } from './ports.ts'

/** null: there is no such operation. */
export const dropOperation = async (
  parts: Parts,
  request: StuckAnswer,
): Promise<StuckAnswered | Refusal | null> => {
  const answered = await answerStuckOperation(parts, request, 'drop', (writer, now) =>
    writer.dropOperation(request.id, now),
  )
  if (answered !== null && !isRefusal(answered) && !answered.already) parts.nudge()
  return answered
}
