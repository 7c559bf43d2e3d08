// The charts there are, by the name that stands in their address.

import { backlog } from './backlog.ts'
import type { ChartMaker, ChartName } from './chart.ts'
import { escalations } from './escalations.ts'
import { flow } from './flow.ts'
import { response } from './response.ts'
import { time } from './time.ts'

export const charts: Readonly<Record<ChartName, ChartMaker>> = { flow, response, time, escalations, backlog }
