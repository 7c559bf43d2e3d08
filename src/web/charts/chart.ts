// What all charts have in common: a table of numbers, which is what the page, the CSV and the drawing show, and
// an option of echarts made of it. Options are plain data without functions: another thread draws them. Colours
// are given for light and for dark, and every series differs in lightness or pattern too, so that it reads in grey.

import type { Age, BehindName, Clock, Dimension, Filter, Period, Report } from '../../domain/kpi/report.ts'
import type { Locale, Translate } from '../page.ts'

export const chartNames = ['flow', 'response', 'time', 'escalations', 'backlog'] as const
export type ChartName = (typeof chartNames)[number]

export type ChartUnit = 'text' | 'ms' | 'tickets' | 'ratio'

export type ChartTable = {
  /** `key` heads the CSV, `label` the table on the page. The first column says what the line is about. */
  readonly columns: readonly {
    readonly key: string
    readonly label: string
    readonly unit: ChartUnit
    /** Whose tickets stand behind a number of it. */
    readonly figure?: BehindName
    readonly level?: number
  }[]
  readonly rows: readonly {
    /** As a person reads it. */
    readonly label: string
    /** As a program reads it. */
    readonly key: string
    readonly cells: readonly (number | null)[]
    readonly incomplete: boolean
    /** What is asked for besides, to see the tickets of this line alone. */
    readonly narrows: Narrowing
  }[]
}

export type Narrowing = {
  readonly period?: Period
  readonly filter?: Partial<Filter>
  readonly age?: Age
}

/** `narrow`: for a phone, where a wide picture would shrink until nobody can read it. */
export type Look = { readonly dark: boolean; readonly narrow: boolean }

export type Chart = {
  readonly table: ChartTable
  /** Nothing to draw. */
  readonly empty: boolean
  readonly width: (look: Pick<Look, 'narrow'>) => number
  readonly height: (look: Pick<Look, 'narrow'>) => number
  readonly option: (look: Look) => object
}

/** In whose words a chart speaks, and what it is asked to show. */
export type ChartContext = {
  readonly t: Translate
  readonly locale: Locale
  readonly clock: Clock
  /** How long the parts of the period are. */
  readonly part: 'day' | 'week' | 'month'
  /** Names of the desk's levels, Level 1 first. */
  readonly levels: readonly string[]
}

export type ChartMaker = (report: Report, context: ChartContext) => Chart

export const widthOf = ({ narrow }: Pick<Look, 'narrow'>): number => (narrow ? 360 : 640)

export type Paint = {
  readonly text: string
  readonly quiet: string
  readonly line: string
  readonly surface: string
  /** The strongest first; each is clearly lighter or darker than its neighbour. */
  readonly steps: readonly string[]
  readonly pale: string
  readonly strong: string
  readonly rope: string
}

export const paintOf = ({ dark }: Pick<Look, 'dark'>): Paint =>
  dark
    ? {
        text: '#e7ebe8',
        quiet: '#b3bbb6',
        line: '#343b38',
        surface: '#1a1e1c',
        steps: ['#63c9b0', '#f08e58', '#8fc1ee', '#ecca78', '#b3bbb6'],
        pale: '#38705f',
        strong: '#63c9b0',
        rope: '#f08e58',
      }
    : {
        text: '#1c221f',
        quiet: '#4d5551',
        line: '#e3e0d8',
        surface: '#ffffff',
        steps: ['#12614f', '#d98a5f', '#1c5a94', '#e2c06a', '#8d8a80'],
        pale: '#9ccabd',
        strong: '#12614f',
        rope: '#c24d18',
      }

/** Patterns by which the parts of a bar are told apart without colour. The first is plain. */
export const patternOf = (index: number, { surface }: Paint): object => {
  const color = `${surface}99`
  const patterns: object[] = [
    { symbol: 'none' },
    { color, dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 },
    {
      color,
      dashArrayX: [
        [5, 5],
        [0, 5, 5, 0],
      ],
      dashArrayY: [5, 0],
      symbolSize: 0.55,
      symbol: 'circle',
    },
    { color, dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: Math.PI / 4 },
    { color, dashArrayX: [1, 0], dashArrayY: [4, 3], rotation: 0 },
  ]
  return patterns[index % patterns.length] ?? {}
}

/** No quotation marks: echarts writes it into an attribute as it is. */
export const fontFamily = 'system-ui, -apple-system, Segoe UI, Roboto, Open Sans, sans-serif'

/** What every option begins with. */
export const ground = (look: Look, series: readonly string[]): Record<string, unknown> => {
  const paint = paintOf(look)
  return {
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily, fontSize: 12, color: paint.text },
    // The pattern needs echarts' own switch for it; its description is not: the page has the data as a table.
    aria: { enabled: true, label: { enabled: false }, decal: { show: true } },
    legend: {
      data: series.map((name) => ({ name })),
      top: 0,
      left: 0,
      itemWidth: 18,
      itemHeight: 11,
      itemGap: look.narrow ? 10 : 16,
      textStyle: { color: paint.text, fontSize: 12 },
      selectedMode: false,
    },
  }
}

export const valueAxis = (look: Look): Record<string, unknown> => {
  const paint = paintOf(look)
  return {
    type: 'value',
    min: 0,
    minInterval: 1,
    splitNumber: 4,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: paint.quiet, fontSize: 11, formatter: '{value}' },
    splitLine: { lineStyle: { color: paint.line } },
  }
}

export const wordAxis = (look: Look, words: readonly string[]): Record<string, unknown> => {
  const paint = paintOf(look)
  return {
    type: 'category',
    data: [...words],
    axisLine: { lineStyle: { color: paint.quiet } },
    axisTick: { show: false },
    axisLabel: { color: paint.text, fontSize: 11, hideOverlap: true },
  }
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** The unit in which the longest of some durations reads well; business time has no days. */
export const unitFor = (
  longest: number,
  { clock, t }: Pick<ChartContext, 'clock' | 't'>,
): { readonly of: (milliseconds: number | null) => number | null; readonly name: string } => {
  const [size, name] =
    longest < 3 * hour
      ? [minute, t('kpi.chart.minutes')]
      : longest < 4 * day || clock === 'business'
        ? [hour, t('kpi.chart.hours')]
        : [day, t('kpi.chart.days')]
  return {
    of: (milliseconds) => (milliseconds === null ? null : Math.round((milliseconds / size) * 100) / 100),
    name,
  }
}

/** Room for the words beside lying bars: nothing measures text where charts are drawn. */
export const besideBars = (labels: readonly string[], { narrow }: Pick<Look, 'narrow'>): number =>
  Math.min(narrow ? 110 : 170, 18 + 7 * Math.max(0, ...labels.map((label) => label.length)))

/** So many lines a chart of bars has at most; the table has them all. */
export const mostBars = 12

export const groupsOf = (report: Report, by: Dimension) => report.groups.get(by) ?? []

export const starred = (label: string, incomplete: boolean): string => (incomplete ? `${label} *` : label)
