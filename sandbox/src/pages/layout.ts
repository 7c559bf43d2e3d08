import { createHash } from 'node:crypto'
import { type Answer, html as htmlAnswer } from '../http/answers.ts'
import { html, type Safe, safe } from './html.ts'

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1f1e24, #ececef); --dim: light-dark(#626168, #a4a3a8);
  --line: light-dark(#dcdcde, #434248); --paper: light-dark(#fff, #18171d); --soft: light-dark(#fbfafd, #28272d);
  --link: light-dark(#0b5cad, #63a6e9); --good: light-dark(#24663b, #52b87a); --note: light-dark(#fdf1dd, #4c2e0a); }
* { box-sizing: border-box }
body { margin: 0; color: var(--ink); background: var(--paper); font: 15px/1.5 system-ui, sans-serif }
a { color: var(--link); text-decoration: none } a:hover { text-decoration: underline }
header.bar { display: flex; gap: 1rem; flex-wrap: wrap; align-items: baseline; padding: .6rem 1.25rem; border-bottom: 1px solid var(--line); background: var(--soft) }
header.bar strong { font-size: 1rem } header.bar span { color: var(--dim); font-size: .85rem; margin-left: auto }
main { max-width: 60rem; margin: 0 auto; padding: 1.25rem } h1 { font-size: 1.5rem; line-height: 1.25; margin: .2rem 0 .6rem; overflow-wrap: anywhere }
h2 { font-size: 1.1rem; margin: 1.6rem 0 .5rem } p.meta, .meta { color: var(--dim); font-size: .88rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere }
th { font-size: .82rem; color: var(--dim); font-weight: 600 } code, pre { font: 13px/1.45 ui-monospace, monospace }
pre { background: var(--soft); border: 1px solid var(--line); padding: .6rem; overflow: auto; border-radius: 4px }
.card { border: 1px solid var(--line); border-radius: 6px; margin: .8rem 0; overflow: hidden } .card > header { padding: .45rem .8rem; background: var(--soft); border-bottom: 1px solid var(--line); font-size: .88rem; color: var(--dim) }
.card > header strong { color: var(--ink) } .card > div { padding: .2rem .8rem; overflow-wrap: anywhere } .card.internal { border-color: #c17d10 } .card.internal > header { background: var(--note) }
.label { display: inline-block; border-radius: 1rem; padding: 0 .6rem; font-size: .8rem; line-height: 1.5 } .state { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .6rem; font-size: .82rem; font-weight: 600 }
.state.opened { color: var(--good) } .state.closed, .state.merged { color: var(--link) } ul.plain { list-style: none; padding: 0 } ul.plain li { padding: .2rem 0; color: var(--dim); font-size: .88rem }
img { max-width: 100% } svg { vertical-align: middle } button { font: inherit; padding: .5rem .9rem; border: 1px solid var(--line); border-radius: 6px; background: var(--soft); color: var(--ink); cursor: pointer; width: 100%; text-align: left }
button:hover { border-color: var(--link) } button strong { display: block } form.people { display: grid; gap: .5rem; max-width: 26rem } nav a { margin-right: 1rem }
form.mail { display: grid; gap: .7rem; max-width: 40rem } form.mail label { display: grid; gap: .2rem; font-size: .88rem } form.mail label.box { display: block } form.mail button { width: auto; justify-self: start }
form.mail input:not([type=checkbox]), textarea { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: .4rem .6rem } main > pre { white-space: pre-wrap; overflow-wrap: anywhere }
`
const styleHash = createHash('sha256').update(style).digest('base64')

type PageOptions = {
  status?: number
  /** `here`: a form to this sandbox. True: one that leads away, which must not be restricted. */
  form?: boolean | 'here'
}

/** A whole page: no scripts, nothing from elsewhere, one inline style known by its hash. */
export function page(title: string, crumbs: Safe, body: Safe, options: PageOptions = {}): Answer {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    "img-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    ...(options.form === true ? [] : [`form-action '${options.form === 'here' ? 'self' : 'none'}'`]),
  ].join('; ')
  const text = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · GitLab sandbox</title><style>${safe(style)}</style></head>
<body><header class="bar"><strong><a href="/">GitLab sandbox</a></strong><nav>${crumbs}</nav><span>an imitation for tests, not GitLab</span></header>
<main>${body}</main></body></html>`
  return htmlAnswer(options.status ?? 200, text.safe, {
    'Content-Security-Policy': policy,
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  })
}
