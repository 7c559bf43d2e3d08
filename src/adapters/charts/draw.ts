// Charts as SVG text, drawn without a browser. echarts is large and loaded at the first chart. It comes as one
// file: in Node its parts, imported one by one, take three times the memory and time (51 MB instead of 15).

import type { ChartDrawing } from '../../application/kpi-ports.ts'

// That file has no types of its own beside it; they are those of the package.
const inOneFile: string = 'echarts/dist/echarts.esm.min.mjs'

const load = async (): Promise<typeof import('echarts')> => import(inOneFile)

let loading: ReturnType<typeof load> | null = null

/** Throws what echarts throws at an option that it does not understand. */
export const drawChart = async ({ option, width, height }: ChartDrawing): Promise<string> => {
  loading ??= load()
  const { init } = await loading
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({ ...option, animation: false })
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}
