// The one button for a missing branch: after an escalation made by hand in GitLab, or after
// GitLab could not make it then.

import { askForBranch } from '../domain/escalation.ts'
import type { Author } from '../domain/operation.ts'
import { decide } from './decide.ts'
import type { Parts, TicketRef } from './ports.ts'

export const askForTicketBranch = (parts: Parts, request: { readonly ref: TicketRef; readonly by: Author }) =>
  decide(parts, request, (ticket, circumstances) => askForBranch(ticket, parts.desk, circumstances))
