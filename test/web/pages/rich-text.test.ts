// What people and mails wrote, as HTML: folds of mails fold, everything else that looks like HTML is shown as
// the letters it is.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { richText } from '../../../src/web/rich-text.ts'
import { translator } from '../../../src/web/translate.ts'

const nowhere = () => null
const html = (text: string, locale: 'en' | 'de' = 'en') => richText(text, nowhere, translator(locale))

const fold = (name: string, text: string) => `\n<details><summary>${name}</summary>\n\n${text}\n\n</details>`

test('earlier mails and a signature are folded, in the words of who reads', () => {
  const text = `It is *still* black.\n${fold('Quoted text', '> Which **one**?')}\n${fold('Signature', 'Ana\nRoom 204')}`
  const english = html(text)
  assert.match(english, /^<p>It is <em>still<\/em> black\.<\/p>/)
  assert.match(
    english,
    /<details class="fold"><summary>Earlier mails<\/summary>\s*<blockquote>\s*<p>Which <strong>one<\/strong>\?<\/p>\s*<\/blockquote>\s*<\/details>/,
  )
  assert.match(
    english,
    /<details class="fold"><summary>Signature<\/summary>\s*<p>Ana<br \/>\sRoom 204<\/p>\s*<\/details>$/,
  )
  assert.match(html(text, 'de'), /<summary>Frühere Mails<\/summary>[\s\S]*<summary>Signatur<\/summary>/)
})

test('files that are named below a fold stand below it, in the open', () => {
  const text = `Look.\n${fold('Quoted text', 'old')}\n\n![x.png](/uploads/0123456789abcdef0123456789abcdef/x.png)`
  assert.match(html(text), /<\/details>\s*<p><em>▣ x\.png<\/em><\/p>/)
})

test('no other HTML counts, however near it comes to a fold', () => {
  for (const text of [
    '<details><summary>Quoted text</summary>\nwithout a line between\n\n</details>',
    '<details><summary>Quoted text</summary>\n\nwithout an end',
    '<details><summary>Quoted text</summary>\n\nends in a line of text\n</details>',
    'text before it\n<details><summary>Quoted text</summary>\n\nx\n\n</details>',
    '\n <details><summary>Quoted text</summary>\n\nindented\n\n</details>',
    '\n<details open><summary>Quoted text</summary>\n\nopen\n\n</details>',
    '\n<details><summary>Free beer</summary>\n\nanother name\n\n</details>',
    '\n<details><summary>Quoted text</summary><img src=x onerror=alert(1)>\n\nmore\n\n</details>',
    '```\n\n<details><summary>Quoted text</summary>\n\nin a fence\n\n</details>\n\n```',
  ]) {
    const shown = html(text)
    assert.doesNotMatch(shown, /<details|<summary|<img/, text)
    assert.match(shown, /&lt;details/, text)
  }
})

test('what is folded away is text of strangers like any other', () => {
  const shown = html(
    `Hello\n${fold('Quoted text', '<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![p](https://evil.example/p.png)')}`,
  )
  assert.doesNotMatch(shown, /<script|href="javascript|<img/)
  assert.match(shown, /&lt;script&gt;/)
})

test('a fold in what is folded is not folded twice, and nothing of it is lost', () => {
  const shown = html(`New\n${fold('Quoted text', `Old\n${fold('Signature', 'Bruno')}\n\nOlder`)}\n\nEnd`)
  assert.equal(shown.match(/<details/g)?.length, 1)
  for (const word of ['New', 'Old', 'Bruno', 'Older', 'End']) assert.ok(shown.includes(word), word)
  assert.ok(shown.indexOf('End') > shown.indexOf('</details>'))
})

test('a fence that the writer left open does not take the fold with it', () => {
  assert.match(html(`\`\`\`\nERROR 17\n${fold('Quoted text', 'old')}`), /<details class="fold">/)
})

test('a history too long for Markdown is still folded', () => {
  const shown = html(`Short.\n${fold('Quoted text', 'so it went on\n'.repeat(6_000))}`).slice(0, 100)
  assert.match(shown, /^<p>Short\.<\/p>\n<details class="fold"><summary>Earlier mails<\/summary><pre>/)
})

test('ten thousand folds and fences without an end are read in one pass', () => {
  const shown = html('\n<details><summary>Quoted text</summary>\n\n```x\n'.repeat(10_000))
  assert.ok(!shown.includes('<details'))
})
