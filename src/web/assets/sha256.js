// SHA-256 by hand: the browser's own is only there over HTTPS, and not every desk inside a house has that.
const rounds = new Uint32Array(64)
const start = new Uint32Array(8)
const isPrime = (n) => {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false
  return true
}
const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) >>> 0
for (let n = 2, found = 0; found < 64; n++)
  if (isPrime(n)) {
    if (found < 8) start[found] = fraction(Math.sqrt(n))
    rounds[found++] = fraction(Math.cbrt(n))
  }

const words = new Uint32Array(64)
const turn = (x, by) => (x >>> by) | (x << (32 - by))

/** The first 32 bits of the SHA-256 of a text of at most 55 letters without accents. */
export const firstBits = (text) => {
  words.fill(0, 0, 16)
  for (let i = 0; i < text.length; i++) words[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3))
  words[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3))
  words[15] = 8 * text.length
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15]
    const y = words[i - 2]
    words[i] =
      words[i - 16] +
      (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) +
      words[i - 7] +
      (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10))
  }
  let [a, b, c, d, e, f, g, h] = start
  for (let i = 0; i < 64; i++) {
    const one =
      (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + rounds[i] + words[i]) | 0
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  return (start[0] + a) >>> 0
}
