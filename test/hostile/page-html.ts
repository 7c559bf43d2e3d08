// What may stand in a page of ours at all, read by a parser and not by a pattern: no script, style or handler of its
// own, nothing loaded from or posted to anywhere else, no link that runs.

import assert from 'node:assert/strict'
import sanitizeHtml from 'sanitize-html'

export type Found = { readonly tag: string; readonly attributes: Readonly<Record<string, string>> }

/** Every element of a page, in order. */
export const elementsOf = (html: string): Found[] => {
  const found: Found[] = []
  sanitizeHtml(html, {
    allowedTags: false,
    allowedAttributes: false,
    allowVulnerableTags: true,
    transformTags: {
      '*': (tag, attributes) => {
        found.push({ tag, attributes })
        return { tagName: tag, attribs: attributes }
      },
    },
  })
  return found
}

const addresses = [
  'href',
  'src',
  'action',
  'formaction',
  'data',
  'poster',
  'srcset',
  'background',
  'xlink:href',
]

const wrong = ({ tag, attributes }: Found): string[] => {
  const says = (name: string) => attributes[name] ?? ''
  const found: string[] = []
  for (const [name, value] of Object.entries(attributes)) {
    if (/^on/i.test(name) || name === 'style' || name === 'srcdoc') found.push(`${tag} has ${name}`)
    if (addresses.includes(name) && /^\s*(?:javascript|data|vbscript|file|blob):/i.test(value))
      found.push(`${tag} ${name} is ${value.slice(0, 80)}`)
    const elsewhere = /^\s*(?:[a-z][a-z0-9+.-]*:|\/\/|\\)/i.test(value)
    if (addresses.includes(name) && elsewhere && !['a'].includes(tag))
      found.push(`${tag} ${name} leads to ${value.slice(0, 80)}`)
  }
  if (tag === 'script' && !says('src').startsWith('/assets/')) found.push('a script of its own')
  if (['style', 'base', 'object', 'embed', 'applet', 'math'].includes(tag)) found.push(`a ${tag}`)
  if (tag === 'meta' && says('http-equiv') !== '') found.push('a meta that acts')
  if (tag === 'iframe' && !/^\/(?:issues|mail)\//.test(says('src'))) found.push('a frame of somebody else')
  return found
}

/** Nothing in the page that its policy would not allow, or that leads a person elsewhere. */
export const soundHtml = (html: string): readonly Found[] => {
  const elements = elementsOf(html)
  assert.deepEqual(elements.flatMap(wrong), [])
  return elements
}
