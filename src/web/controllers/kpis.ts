// The figures as pages.

import type { AgentVisit, Answer } from '../visit.ts'
import { missing } from '../visit.ts'

export const show = (_visit: AgentVisit): Answer => missing
export const behind = (_visit: AgentVisit): Answer => missing
export const behindTable = (_visit: AgentVisit): Answer => missing
export const ofTicket = (_visit: AgentVisit): Answer => missing
