// Charts of the figures: an image, and the same as a table.

import type { AgentVisit, Answer } from '../visit.ts'
import { missing } from '../visit.ts'

export const image = (_visit: AgentVisit): Answer => missing
export const table = (_visit: AgentVisit): Answer => missing
