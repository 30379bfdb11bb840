// On the page of the bench: runs groups and hands each contest to the program that opened the page.

import { GROUPS } from './groups.js'

globalThis.bench = async (/** @type {string[]} */ names) => {
  for (const name of names) for await (const contest of GROUPS[name]()) await globalThis.onContest(contest)
}
