import type { World } from '../world.ts'
import type { Cast } from './people.ts'

export function fillDesk(_world: World, _cast: Cast, _count: number): void {}
